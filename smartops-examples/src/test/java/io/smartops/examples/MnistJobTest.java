package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsStats;
import io.smartops.control.Precision;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on few digits. */
class MnistJobTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  @TempDir private Path folder;

  @BeforeEach
  void copyFewDigits() throws Exception {
    IdxBytes.copyBundled(folder, "train", 70);
    IdxBytes.copyBundled(folder, "t10k", 20);
  }

  @Test
  void aSplitRunIsSummarisedSavedAndLoaded() throws Exception {
    MnistSummary summary = run(OptionalInt.of(8), PrecisionPolicy.FP32, false);

    SmartOpsStats stats = summary.stats().orElseThrow();
    assertThat(stats.steps()).isEqualTo(6);
    assertThat(stats.samples()).isEqualTo(140);
    assertThat(stats.microBatch()).isLessThanOrEqualTo(8);
    assertThat(stats.wholeBatches()).isLessThan(6);
    assertThat(summary.samples()).isEqualTo(140);
    assertThat(folder.resolve("model/digits-0000.params")).exists();
    assertThat(text())
        .contains(" accuracy ", " of 20 test digits", " memory ", " out of memory  never")
        .contains("loaded again, it takes the first test digit, a 2, for a ");
  }

  @Test
  void aPlainRunGivesTheSameModelAndReportsNoAdaptation() throws Exception {
    MnistSummary split = run(OptionalInt.of(8), PrecisionPolicy.FP32, false);
    MnistSummary plain = run(OptionalInt.empty(), PrecisionPolicy.FP32, true);

    assertThat(plain.stats()).isEmpty();
    assertThat(plain.accuracy()).isEqualTo(split.accuracy());
    assertThat(plain.lines()).noneMatch(line -> line.contains("adapted"));
    assertThat(text()).contains("limit none, plain DJL");
  }

  @Test
  void theSameJobRunsInBfloat16() throws Exception {
    MnistSummary summary = run(OptionalInt.of(8), PrecisionPolicy.BF16, false);

    assertThat(summary.stats().orElseThrow().precision()).isEqualTo(Precision.BF16);
    assertThat(text()).contains(" precision      bfloat16 at the end");
  }

  private MnistSummary run(OptionalInt microBatch, PrecisionPolicy precision, boolean plain)
      throws Exception {
    MnistOptions options =
        new MnistOptions(
            2,
            32,
            new ByteSize(4L << 30),
            microBatch,
            precision,
            Optional.of(folder),
            Files.createDirectories(folder.resolve("model")),
            7,
            plain);
    return new MnistJob(options, new PrintStream(printed, true, StandardCharsets.UTF_8)).run();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
