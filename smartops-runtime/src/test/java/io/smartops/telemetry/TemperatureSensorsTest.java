package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemperatureSensorsTest {
  @TempDir private Path root;

  @Test
  void thermalZonesOfOneKindGetNumbers() throws IOException {
    write("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n");
    write("sys/class/thermal/thermal_zone0/temp", "61500\n");
    write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
    write("sys/class/thermal/thermal_zone1/temp", "48000\n");
    write("sys/class/thermal/thermal_zone2/type", "acpitz\n");
    write("sys/class/thermal/thermal_zone2/temp", "-274000\n"); // not connected
    write("sys/class/hwmon/hwmon0/name", "coretemp\n");
    write("sys/class/hwmon/hwmon0/temp1_input", "60000\n");

    assertThat(new TemperatureSensors(root).read())
        .containsExactly(Map.entry("x86_pkg_temp", 61.5), Map.entry("x86_pkg_temp 2", 48.0));
  }

  @Test
  void withoutZonesTheChipsOwnSensorsCount() throws IOException {
    write("sys/class/hwmon/hwmon0/name", "k10temp\n");
    write("sys/class/hwmon/hwmon0/temp1_input", "55125\n");
    write("sys/class/hwmon/hwmon0/temp2_label", "Tccd1\n");
    write("sys/class/hwmon/hwmon0/temp2_input", "57000\n");

    assertThat(new TemperatureSensors(root).read())
        .containsOnlyKeys("k10temp", "Tccd1")
        .containsEntry("k10temp", 55.125);
  }

  @Test
  void aMachineWithoutSensorsShowsNone() {
    assertThat(new TemperatureSensors(root).read()).isEmpty();
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
