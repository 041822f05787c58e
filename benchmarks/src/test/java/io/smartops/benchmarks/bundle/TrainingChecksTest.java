package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checks that train, on the CPU libtorch of the build. */
class TrainingChecksTest {

  @Test
  void probeAcceptsTheLibtorchThatDjlWasBuiltFor() {
    Finding finding = new JniProbe().run(new Stages());
    assertThat(finding.verdict()).as(finding.summary()).isEqualTo(Verdict.PASSED);
    assertThat(finding.figures().get("changeByOneStep").getAsDouble()).isBetween(1e-4, 2.0);
  }

  @Test
  void microBatchesAreSplitAndExact() {
    Finding finding = new TrainingExactness().run(new Stages());
    assertThat(finding.verdict()).as(finding.summary()).isEqualTo(Verdict.PASSED);
    var mlp = finding.figures().getAsJsonObject("mlp");
    assertThat(mlp.get("splitBatches").getAsInt()).isEqualTo(20);
    assertThat(mlp.get("whole").getAsDouble()).isZero();
  }

  @Test
  void plainAndSmartStepsAreCompared() {
    Finding finding = new Throughput().run(new Stages());
    assertThat(finding.verdict()).as(finding.summary()).isEqualTo(Verdict.PASSED);
    for (String job : List.of("cnn", "wide", "transformer")) {
      var row = finding.figures().getAsJsonObject(job);
      assertThat(row.get("least").getAsDouble()).isPositive();
      assertThat(row.get("smartOverPlain").getAsDouble())
          .isBetween(row.get("least").getAsDouble(), row.get("most").getAsDouble());
    }
  }

  @Test
  void aNeighbourOnTheProcessorIsNoCheck() throws Exception {
    assertThat(new NeighbourProcess().run(new Stages()).verdict()).isEqualTo(Verdict.CANNOT_RUN);
  }

  @Test
  void trainingLeavesTheShapeOfTheJobAlone() {
    TrainingJob job = TrainingJob.mlp(4);
    job.train(TrainingHost.device(), 1, ai.djl.Model::newTrainer);
    assertThat(job.input()).isEqualTo(new Shape(4, 32));
  }
}
