package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** An unsplit step takes no more memory than plain DJL's, and leaves none behind. */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class LeanTest {
  private static final List<String> SMALL_HEAP = List.of("-Xmx64m");

  /** Both medians are sampled; SmartOps's was measured 19 to 38 % below plain DJL's. */
  @Test
  void theStepsPeakIsNotAbovePlainDjls() throws IOException {
    Ended run = TrainingProcess.run(LeanTraining.class, SMALL_HEAP, "peak");
    assertThat(run.number("mlpSmart")).as(run.output()).isLessThan(run.number("mlpPlain"));
    assertThat(run.number("cnnSmart")).as(run.output()).isLessThan(run.number("cnnPlain"));
  }

  /** The parameters outweigh the activations: measured 0.81 times plain DJL's peak. */
  @Test
  void mostlyParametersCostNoMore() throws IOException {
    Ended run = TrainingProcess.run(LeanTraining.class, SMALL_HEAP, "widePeak");
    assertThat(run.number("wideSmart")).as(run.output()).isLessThan(run.number("widePlain"));
  }

  @Test
  void residentMemoryStaysLevel() throws IOException {
    Ended run = TrainingProcess.run(LeanTraining.class, SMALL_HEAP, "steps");
    assertThat(run.number("arraysLate")).as(run.output()).isEqualTo(run.number("arraysEarly"));
    assertThat((double) run.number("residentLate"))
        .as(run.output())
        .isLessThan(1.02 * run.number("residentEarly"));
  }

  /** 1.1 million parameters: the moments of one trainer take 8 MiB. */
  @Test
  void closedTrainersLeaveNoMomentsBehind() throws IOException {
    Ended run = TrainingProcess.run(LeanTraining.class, SMALL_HEAP, "trainers");
    assertThat(run.number("afterEight") - run.number("afterTwo"))
        .as(run.output())
        .isLessThan(8L << 20);
  }

  /** The model lives on, and with it, in plain DJL, the moments of all its trainers: 64 MiB. */
  @Test
  void trainersOfOneModelLeaveNoMomentsBehind() throws IOException {
    Ended run = TrainingProcess.run(LeanTraining.class, SMALL_HEAP, "sharedModel");
    assertThat(run.number("afterEight") - run.number("afterTwo"))
        .as(run.output())
        .isLessThan(8L << 20);
  }
}
