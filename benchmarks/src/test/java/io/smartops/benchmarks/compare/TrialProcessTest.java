package io.smartops.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.smartops.PrecisionPolicy;
import io.smartops.benchmarks.compare.Trial.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Real runs of few steps, each in its own process. */
@EnabledOnOs(OS.LINUX)
class TrialProcessTest {
  private static final Setting QUARTERS = new Setting(16, 2, 2, PrecisionPolicy.FP32);

  @TempDir private Path folder;

  @Test
  void plainAndSmartReachTheSameLoss() throws Exception {
    Outcome plain = run(trial(Contender.PLAIN, Scope.defaults(64), 0));
    Outcome smart = run(trial(Contender.SMART, Scope.defaults(64), 0));

    assertThat(plain.failure()).isEmpty();
    assertThat(plain.samplesPerSecond()).isPositive();
    assertThat(plain.growthBytes()).isPositive();
    assertThat(smart.failure()).isEmpty();
    assertThat(smart.finalLoss()).isCloseTo(plain.finalLoss(), within(1e-5 * plain.finalLoss()));
  }

  @Test
  void aLoopByHandAccumulates() throws Exception {
    Outcome fixed = run(trial(Contender.STATIC, QUARTERS, 0));

    assertThat(fixed.failure()).isEmpty();
    assertThat(fixed.microBatch()).isEqualTo(16);
    assertThat(fixed.finalLoss()).isPositive();
  }

  @Test
  @EnabledIf("mayMakeGroups")
  void plainDjlDiesWhereMemoryEnds() throws Exception {
    Outcome starved = run(trial(Contender.PLAIN, Scope.defaults(64), 1 << 20));

    assertThat(starved.finished()).isFalse();
  }

  static boolean mayMakeGroups() {
    try (MemoryGroup made = MemoryGroup.create()) {
      return Files.isWritable(made.members());
    } catch (IOException refused) {
      return false;
    }
  }

  private Outcome run(Trial trial) throws Exception {
    return new TrialProcess(folder).run(trial);
  }

  private static Trial trial(Contender contender, Setting setting, long headroomBytes) {
    return new Trial("audio", Condition.FREE, contender, setting, 64, 3, headroomBytes, 1);
  }
}
