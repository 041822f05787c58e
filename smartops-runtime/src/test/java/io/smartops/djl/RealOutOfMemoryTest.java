package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * libtorch's own failures, in a process whose address space ends in mid-batch: plain DJL dies,
 * SmartOps finishes with the losses that plain DJL has where memory is plenty.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(180)
class RealOutOfMemoryTest {
  /** Address space for a logical batch that takes about 800 MiB. */
  private static final String HEADROOM_MIB = "450";

  private static final List<String> SMALL_HEAP = List.of("-Xmx128m");

  @Test
  void plainDjlDiesAndSmartOpsFinishes() throws IOException {
    Ended unlimited = TrainingProcess.run(LimitedTraining.class, SMALL_HEAP, "plain", "0");
    List<Float> losses = unlimited.floats("losses");
    assertThat(losses).as(unlimited.output()).hasSize(LimitedTraining.STEPS);

    Ended plain = TrainingProcess.run(LimitedTraining.class, SMALL_HEAP, "plain", HEADROOM_MIB);
    assertThat(plain.exitCode()).as(plain.output()).isEqualTo(1);
    assertThat(plain.output()).contains("EngineException");

    Ended smart = TrainingProcess.run(LimitedTraining.class, SMALL_HEAP, "smart", HEADROOM_MIB);
    assertSameCurve(smart, losses);
    assertThat(smart.number("outOfMemory")).as(smart.output()).isLessThanOrEqualTo(1);

    Ended blind = TrainingProcess.run(LimitedTraining.class, SMALL_HEAP, "blind", HEADROOM_MIB);
    assertSameCurve(blind, losses);
    assertThat(blind.number("outOfMemory")).as(blind.output()).isBetween(1L, 5L);
    System.out.printf(
        "real out-of-memory errors: plain DJL dies; SmartOps %d, without telemetry %d%n",
        smart.number("outOfMemory"), blind.number("outOfMemory"));
  }

  private static void assertSameCurve(Ended run, List<Float> losses) {
    assertThat(run.exitCode()).as(run.output()).isZero();
    List<Float> own = run.floats("losses");
    assertThat(own).as(run.output()).hasSameSizeAs(losses);
    for (int i = 0; i < losses.size(); i++) {
      assertThat(own.get(i)).isCloseTo(losses.get(i), within(2e-5f * losses.get(i)));
    }
  }
}
