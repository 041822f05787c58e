package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * AUTO and bfloat16 over every block of DJL's api and model-zoo that can be trained here, and over
 * blocks of a user's own that do what would end the process. In processes of their own.
 */
class HalfBlocksTest {
  @ParameterizedTest
  @CsvSource({
    "layers, 'LinearCollection', 'Prelu,Conv1dTranspose,Conv2dTranspose'",
    "sequences, 'custom: in place,custom: constants', ''",
    "models, '', ''",
  })
  void noBlockEndsTheProcess(String group, String inFloat32, String untrainable)
      throws IOException {
    Ended ended = TrainingProcess.run(HalfBlocksRun.class, List.of("-Xmx512m"), group);
    assertThat(ended.exitCode()).as(ended.output()).isZero();
    Set<String> full = new HashSet<>(split(inFloat32));
    if (group.equals("sequences") && !HalfKernels.haveLstm()) {
      full.add("LSTM");
    }
    assertThat(names(ended, "full")).as(ended.output()).isEqualTo(full);
    assertThat(names(ended, "untrainable")).as(ended.output()).isEqualTo(split(untrainable));
    assertThat(names(ended, "half")).isNotEmpty();
  }

  private static Set<String> names(Ended ended, String key) {
    Map<String, String> figures = ended.figures();
    return split(figures.getOrDefault(key, ""));
  }

  private static Set<String> split(String names) {
    return names.isEmpty() ? Set.of() : Set.of(names.split(","));
  }
}
