package io.smartops.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smartops.telemetry.DeviceSnapshot;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final double MIB = 1 << 20;

  @Test
  void aManualClockRunsForwardsOnly() {
    ManualClock clock = new ManualClock();
    clock.advance(Duration.ofMillis(3));
    assertThat(clock.getAsLong()).isEqualTo(3_000_000);
    assertThatThrownBy(() -> clock.advanceNanos(-1)).hasMessageContaining("is -1");
  }

  @Test
  void aScriptIsReadToItsEndAndStaysThere() {
    DeviceSnapshot first = ScriptedTelemetry.memory(1, 100, 99);
    DeviceSnapshot last = ScriptedTelemetry.memory(2, 100, 98);
    ScriptedTelemetry telemetry = new ScriptedTelemetry(List.of(first, last));
    assertThat(List.of(telemetry.read(), telemetry.read(), telemetry.read()))
        .containsExactly(first, last, last);
    assertThatThrownBy(() -> new ScriptedTelemetry(List.of())).hasMessageContaining("at least 1");
  }

  @Test
  void anAllocatorKeepsWhatWasFreed() {
    CachingAllocator allocator = new CachingAllocator(100 * MIB, 0);
    assertThat(allocator.use(50 * MIB, 200 * MIB)).isEqualTo(CachingAllocator.Outcome.SERVED);
    assertThat(allocator.keptBytes()).isEqualTo(50 * MIB);
    assertThat(allocator.use(40 * MIB, 200 * MIB)).isEqualTo(CachingAllocator.Outcome.SERVED);
    assertThat(allocator.reservedBytes()).isEqualTo(150 * MIB);
  }

  @Test
  void fragmentedBlocksAreGivenBackBeforeMemoryRunsOut() {
    CachingAllocator allocator = new CachingAllocator(0, 0.5);
    allocator.use(100 * MIB, 160 * MIB);
    assertThat(allocator.use(120 * MIB, 160 * MIB))
        .isEqualTo(CachingAllocator.Outcome.SERVED_AFTER_FLUSH);
    assertThat(allocator.use(170 * MIB, 160 * MIB))
        .isEqualTo(CachingAllocator.Outcome.OUT_OF_MEMORY);
  }

  @Test
  void smallMicroBatchesPayForLaunchingAndLargeOnesForTheCache() {
    Scenario scenario = scenario(1.0);
    double small = scenario.microBatchNanos(1, Arithmetic.SINGLE);
    double medium = scenario.microBatchNanos(64, Arithmetic.SINGLE) / 64;
    double large = scenario.microBatchNanos(1024, Arithmetic.SINGLE) / 1024;
    assertThat(small).isGreaterThan(2 * medium);
    assertThat(large).isGreaterThan(1.3 * medium);
  }

  @Test
  void theOracleIsNeverBeaten() {
    for (long seed = 1; seed <= 20; seed++) {
      Scenario scenario = Scenarios.of(seed, 100);
      TrainingResult result = new SimulatedTraining(scenario, new SmartPolicy(scenario)).run(100);
      assertThat(result.share()).as("seed %d", seed).isBetween(0.0, 1.05);
    }
  }

  private static Scenario scenario(double cliff) {
    DeviceProfile device = DeviceProfile.CARDS.get(0);
    return new Scenario(
        device,
        new Workload(
            1024, 1e9, 1, 100, 16, MIB, MIB, MIB, device.cacheBytes() / 128.0, cliff, false),
        new Pipeline(1e6, 0, 0, 8, 1, 1 << 20),
        Disturbance.NONE,
        1);
  }
}
