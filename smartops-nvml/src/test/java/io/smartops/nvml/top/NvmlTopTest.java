package io.smartops.nvml.top;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.StubLibrary;
import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.fake.FakeProfile;
import io.smartops.nvml.sampler.Cadence;
import io.smartops.nvml.sampler.GpuSampler;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class NvmlTopTest {
  @SuppressWarnings("unused") // of the parameterized test
  private static final List<String> PROFILES = FakeProfile.NAMES;

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
        .isEqualTo(
            """
            driver 550.54.15, CUDA 12.4
            GPU  name                       util  mem    memory GiB  temp   power W  SM MHz
            0    H100 80GB HBM3              87%  44%    9.0 / 79.6  70 C 653 / 700    1980

            GPU         pid   memory GiB
            0          4711          9.0
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../README.md", "../docs/nvml.md"})
  void theDocumentsShowWhatItPrints(String document) throws IOException {
    run("--fake", "H100", "--once");
    String indented = out.toString().indent(4).replaceAll("(?m)^ +$", "");
    assertThat(Files.readString(Path.of(document)))
        .satisfiesAnyOf(
            text -> assertThat(text).contains(out.toString()),
            text -> assertThat(text).contains(indented));
  }

  @ParameterizedTest
  @FieldSource("PROFILES")
  void everyFakeFitsA80ColumnTerminal(String name) {
    assertThat(run("--fake", name, "--once")).isZero();
    assertThat(out.toString().lines()).allMatch(line -> line.length() < 80);
    assertThat(out.toString()).contains("driver 550.54.15").doesNotContain("null");
  }

  @Test
  void showsMigDevicesAndWhatTheyLack() {
    assertThat(run("--fake", "h100-mig-3g", "--once")).isZero();
    assertThat(out.toString().lines().map(String::strip))
        .anyMatch(line -> line.matches("0 +H100 80GB HBM3 +- +- +9.0 / 79.6 +70 C.*"))
        .anyMatch(line -> line.matches("0.1 +MIG 3g.40gb +- +- +9.0 / 39.5 +- +- +-"))
        .anyMatch(line -> line.matches("0.1 +4711 +9.0"))
        .noneMatch(line -> line.matches("0 +4711.*"));
  }

  @Test
  void whatIsWrongWithACardStandsBelowIt() {
    FakeNvml fake = FakeNvml.of(new FakeClock(), "T4", "H100");
    fake.gpu(1).load(1);
    try (Nvml nvml = fake.open();
        GpuSampler sampler = GpuSampler.manual(nvml, Cadence.DEFAULT, 1)) {
      sampler.sampleNow();
      fake.gpu(0).raiseXid(79).lose();
      List<String> lines = Table.of(nvml, sampler.sampleNow()).lines().toList();
      assertThat(lines)
          .contains(
              "     GPU_IS_LOST: the card fell off the bus; reset it or reboot, and check",
              "     power and cooling",
              "     Xid error 79",
              "     slowed by software power cap",
              "0    processes: GPU_IS_LOST");
    }
  }

  @Test
  void aDriverThatDoesNotAnswerIsSaidSo() {
    FakeNvml fake = FakeNvml.of(new FakeClock(), "T4");
    Nvml nvml = fake.open();
    try (GpuSampler sampler = GpuSampler.manual(nvml, Cadence.DEFAULT, 1)) {
      sampler.sampleNow();
      nvml.close();
      assertThat(Table.of(nvml, sampler.sampleNow()))
          .startsWith("driver -, CUDA -\n     UNINITIALIZED: open Nvml first");
    }
  }

  @Test
  void writesJson() throws IOException {
    assertThat(run("--fake", "WSL", "--once", "--json")).isZero();
    assertThat(out.toString().lines()).hasSize(1);
    assertThat(out.toString())
        .contains("\"status\":\"SUCCESS\"")
        .contains("\"gpuPercent\":\"NOT_SUPPORTED\"")
        .contains("\"memoryUsedBytes\":9663676416")
        .contains("\"processes\":\"NOT_SUPPORTED\"");
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
    assertThat(err.toString())
        .startsWith("nvml-top: NVML: LIBRARY_NOT_FOUND")
        .contains("install the NVIDIA driver");
  }

  /** The whole command in a JVM of its own: the library's default name, and the exit code. */
  @Test
  void findsTheLibraryByItsDefaultName() throws IOException, InterruptedException {
    Path folder = StubLibrary.build("").getParent();
    assertThat(process("-Djna.library.path=" + folder))
        .startsWith("driver 550.54.15, CUDA 12.4\n")
        .contains("Stub GPU", "  MIG 3g.40gb", "5001", "exit code 0");
  }

  private static String process(String option) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(option, "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(NvmlTop.class.getName(), "--once"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(Duration.ofMinutes(1).toSeconds(), TimeUnit.SECONDS)).isTrue();
    return text + "exit code " + process.exitValue();
  }

  @Test
  void badArgumentsNameTheWayOut() {
    assertThat(run("--fake", "H900")).isEqualTo(2);
    assertThat(err.toString()).contains("--fake must be one of [T4, RTX4090");
    assertThat(run("--seconds", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--seconds must be from 0.1 to 3600, but is 0.0");
  }
}
