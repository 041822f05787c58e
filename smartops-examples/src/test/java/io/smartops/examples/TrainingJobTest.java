package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsStats;
import io.smartops.control.Precision;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole of each job on few samples. */
class TrainingJobTest {
  /** A loss that compares samples does not add up over them: it takes two passes. */
  private static final Set<String> COUPLED = Set.of("contrastive");

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private static final int BATCH = 16;

  @TempDir private Path folder;

  static List<Workload> workloads() {
    return Workloads.all();
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void aSplitRunIsSummarisedSavedAndLoaded(Workload workload) throws Exception {
    TrainingSummary summary = run(workload, OptionalInt.of(8), false);

    SmartOpsStats stats = summary.stats().orElseThrow();
    assertThat(stats.steps()).isEqualTo(6);
    assertThat(stats.samples()).isEqualTo(96);
    assertThat(stats.microBatch()).isLessThanOrEqualTo(8);
    boolean coupled = COUPLED.contains(workload.name());
    assertThat(coupled ? stats.twoPassBatches() : stats.fusedBatches()).isEqualTo(6);
    assertThat(summary.samples()).isEqualTo(96);
    assertThat(folder.resolve(workload.name() + "-0000.params")).exists();
    assertThat(text())
        .contains(" " + workload.evaluator().getName() + " ")
        .contains(" memory ", " batches ", "loaded again, ");
    assertThat(stats.outOfMemoryErrors()).isZero();
    assertThat(folder.resolve("report.html")).content().contains("\"steps\":6");
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void aPlainRunGivesTheSameModelAndReportsNoAdaptation(Workload workload) throws Exception {
    TrainingSummary whole = run(workload, OptionalInt.of(BATCH), false);
    TrainingSummary plain = run(workload, OptionalInt.empty(), true);

    assertThat(plain.stats()).isEmpty();
    assertThat(plain.quality()).isEqualTo(whole.quality());
    assertThat(plain.lines()).noneMatch(line -> line.startsWith(" batches "));
    assertThat(text()).contains("limit none, plain DJL");
  }

  @Test
  void aResNetIsTrainedToo() throws Exception {
    Workload resnet = Workloads.named("vision-resnet").orElseThrow();

    assertThat(run(resnet, OptionalInt.empty(), false).samples()).isEqualTo(96);
  }

  @ParameterizedTest
  @MethodSource("workloads")
  void oneOptionTurnsMixedPrecisionOn(Workload workload) throws Exception {
    TrainingSummary summary =
        run(workload, OptionalInt.of(8), PrecisionPolicy.BF16, /* plain= */ false);

    assertThat(summary.stats().orElseThrow().precision()).isEqualTo(Precision.BF16);
    assertThat(text()).containsPattern("(?m)^ precision +bfloat16 at the end$");
  }

  private TrainingSummary run(Workload workload, OptionalInt microBatch, boolean plain)
      throws Exception {
    return run(workload, microBatch, PrecisionPolicy.FP32, plain);
  }

  private TrainingSummary run(
      Workload workload, OptionalInt microBatch, PrecisionPolicy precision, boolean plain)
      throws Exception {
    JobOptions options =
        new JobOptions(
            2,
            BATCH,
            OptionalInt.of(48),
            Optional.of(new ByteSize(4L << 30)),
            microBatch,
            precision,
            folder,
            7,
            plain,
            new JobOptions.Watch(
                plain ? Optional.empty() : Optional.of(folder.resolve("report.html")),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                true));
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new TrainingJob(workload, options, out).run();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
