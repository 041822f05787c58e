package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Three models train in less memory than their batch takes, and it does not run out. */
@EnabledOnOs(OS.LINUX)
@Timeout(300)
class BudgetTest {
  private static final List<String> SMALL_HEAP = List.of("-Xmx64m");

  /** The most that pages may pass the limit by, for the moment until the plan answers. */
  private static final double TOLERANCE = 1.02;

  @ParameterizedTest
  @CsvSource({"mlp,6144,FP32,12", "cnn,512,FP32,12", "lstm,512,FP32,12", "cnn,512,AUTO,40"})
  void residentMemoryStaysWithinTheLimit(String model, int batch, String precision, String steps)
      throws IOException {
    Ended run =
        TrainingProcess.run(BudgetTraining.class, SMALL_HEAP, model, "resident", precision, steps);
    assertThat(run.exitCode()).as(run.output()).isZero();
    assertSplitAndWell(run, batch);
    assertThat(run.number("aboveInARow")).as(run.output()).isLessThanOrEqualTo(1);
    assertThat((double) run.number("most"))
        .as(run.output())
        .isLessThan(TOLERANCE * run.number("limit"));
  }

  @ParameterizedTest
  @CsvSource({"mlp,6144", "cnn,512", "lstm,512"})
  void anAddressSpaceIsNotOutrun(String model, int batch) throws IOException {
    Ended run =
        TrainingProcess.run(BudgetTraining.class, SMALL_HEAP, model, "address", "FP32", "12");
    assertThat(run.exitCode()).as(run.output()).isZero();
    assertSplitAndWell(run, batch);
  }

  private static void assertSplitAndWell(Ended run, int batch) {
    assertThat(run.number("outOfMemory")).as(run.output()).isLessThanOrEqualTo(1);
    assertThat(run.number("microBatch")).as(run.output()).isBetween(2L, batch - 1L);
  }
}
