package io.smartops.telemetry;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Temperatures of the host as Linux shows them: thermal zones, or where there are none the sensors
 * of {@code hwmon}. Empty on other systems and in most virtual machines.
 */
public final class TemperatureSensors {
  private static final double MILLI = 1e-3;

  /** Readings outside of it come from sensors that are not connected. */
  private static final double LEAST_CELSIUS = -40;

  private static final double MOST_CELSIUS = 150;

  private final List<Sensor> sensors = new ArrayList<>();

  private record Sensor(String name, Path file) {}

  TemperatureSensors(Path root) {
    for (Path zone : entries(root.resolve("sys/class/thermal"), "thermal_zone*")) {
      add(zone.resolve("type"), zone.resolve("temp"));
    }
    if (sensors.isEmpty()) {
      for (Path chip : entries(root.resolve("sys/class/hwmon"), "hwmon*")) {
        entries(chip, "temp*_input").forEach(input -> addInput(chip, input));
      }
    }
  }

  /** The sensors of this machine, looked for once. */
  public static TemperatureSensors ofMachine() {
    return new TemperatureSensors(Path.of("/"));
  }

  private void addInput(Path chip, Path input) {
    String file = String.valueOf(input.getFileName());
    Path label = chip.resolve(file.replace("_input", "_label"));
    add(Files.isReadable(label) ? label : chip.resolve("name"), input);
  }

  /** Sensors of one name get numbers. */
  private void add(Path nameFile, Path valueFile) {
    String name = text(nameFile).orElse("sensor");
    long same = sensors.stream().filter(sensor -> sensor.name().startsWith(name)).count();
    sensors.add(new Sensor(same == 0 ? name : name + " " + (same + 1), valueFile));
  }

  /** Degrees Celsius by sensor. */
  public Map<String, Double> read() {
    Map<String, Double> temperatures = new LinkedHashMap<>();
    for (Sensor sensor : sensors) {
      text(sensor.file())
          .flatMap(TemperatureSensors::celsius)
          .ifPresent(value -> temperatures.put(sensor.name(), value));
    }
    return temperatures;
  }

  private static Optional<Double> celsius(String text) {
    try {
      return Optional.of(Long.parseLong(text) * MILLI)
          .filter(value -> value > LEAST_CELSIUS && value < MOST_CELSIUS);
    } catch (NumberFormatException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static List<Path> entries(Path folder, String glob) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(found::add);
    } catch (IOException | RuntimeException unreadable) {
      return List.of();
    }
    Collections.sort(found);
    return found;
  }
}
