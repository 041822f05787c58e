package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a process of its own, which an operation that is not safe would end. */
class HalfOperationsTest {
  @ParameterizedTest
  @ValueSource(strings = {"BF16", "FP16"})
  void everyOperationOnTheListIsSafeAndCarriesItsGradient(String precision) throws IOException {
    Ended ended = TrainingProcess.run(HalfOperationsRun.class, List.of("-Xmx256m"), precision);
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    assertThat(ended.figures().get("wrong")).isEmpty();
    assertThat(ended.figures().get("done").split(","))
        .containsExactlyInAnyOrderElementsOf(HalfOperations.computing());
  }
}
