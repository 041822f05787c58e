package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * libtorch's own failures within an optimizer's native update, in a process whose address space
 * ends there: plain DJL dies, SmartOps ends with the bits of a run in which memory was plenty.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(180)
class RealStepFailureTest {
  private static final List<String> SMALL_HEAP = List.of("-Xms128m", "-Xmx128m");

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"sgd", "momentum", "adam", "adamw"})
  void everyBitIsThatOfARunWithoutFailures(String optimizer) throws IOException {
    Ended plain = run("plain", optimizer);
    assertThat(plain.number("died")).as(plain.output()).isEqualTo(1);

    Ended smart = run("smart", optimizer);
    assertThat(smart.number("same")).as(smart.output()).isEqualTo(1);
    assertThat(smart.number("smallFailures")).as(smart.output()).isPositive();
    assertThat(smart.number("largeFailures")).as(smart.output()).isPositive();
    System.out.printf(
        "real failures within %s's update: plain DJL dies; SmartOps %d of a small parameter, %d of"
            + " a large one%n",
        optimizer, smart.number("smallFailures"), smart.number("largeFailures"));
  }

  private static Ended run(String way, String optimizer) throws IOException {
    return TrainingProcess.run(SqueezedStep.class, SMALL_HEAP, way, optimizer);
  }
}
