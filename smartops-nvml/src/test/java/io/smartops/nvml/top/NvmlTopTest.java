package io.smartops.nvml.top;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class NvmlTopTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine command = NvmlTop.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  @Test
  void showsAFakeCardOnce() {
    assertThat(run("--fake", "H100", "--once")).isZero();
    assertThat(out.toString())
        .contains("driver 550.54.15, CUDA 12.4")
        .contains("NVIDIA H100 80GB HBM3")
        .contains("87%")
        .contains("9.0 / 79.6")
        .contains("4711");
    assertThat(out.toString().lines().mapToInt(String::length).max().orElse(0)).isLessThan(120);
  }

  @Test
  void showsMigDevicesAndWhatTheyLack() {
    assertThat(run("--fake", "h100-mig-3g", "--once")).isZero();
    assertThat(out.toString()).contains("0.1").contains("0.2").contains(" - ");
  }

  @Test
  void writesJson() throws IOException {
    assertThat(run("--fake", "WSL", "--once", "--json")).isZero();
    assertThat(out.toString().trim().lines()).hasSize(1);
    assertThat(out.toString())
        .contains("\"status\":\"SUCCESS\"")
        .contains("\"gpuPercent\":\"NOT_SUPPORTED\"")
        .contains("\"memoryUsedBytes\":9663676416");
    try (JsonParser parser = new JsonFactory().createParser(out.toString())) {
      while (parser.nextToken() != null) {
        assertThat(parser.currentToken()).isNotNull();
      }
    }
  }

  @Test
  void withoutADriverItSaysSoInOneLine() {
    assertThat(run("--once", "--library", "/nowhere/libnvidia-ml.so.1")).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).startsWith("nvml-top: NVML: LIBRARY_NOT_FOUND");
  }

  @Test
  void badArgumentsNameTheWayOut() {
    assertThat(run("--fake", "H900")).isEqualTo(2);
    assertThat(err.toString()).contains("--fake must be one of [T4, RTX4090");
    assertThat(run("--seconds", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--seconds must be from 0.1 to 3600, but is 0.0");
  }
}
