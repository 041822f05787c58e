package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The readings of the machine that the tests run on. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class RealHostTest {
  private static final long MIB = 1 << 20;
  private static final long BLOCK_BYTES = 256 * MIB;

  /** What the JVM itself may allocate or give back meanwhile. */
  private static final long NOISE_BYTES = 32 * MIB;

  private static final long LIMIT_KIB = 4_000_000;

  private final HostTelemetry telemetry = HostTelemetry.create();

  @Test
  void everyFigureIsPlausible() {
    DeviceSnapshot snapshot = telemetry.read();
    assertThat(snapshot.usedBytes().getAsLong()).isBetween(MIB, snapshot.peakBytes().getAsLong());
    assertThat(snapshot.availableBytes().getAsLong())
        .isBetween(0L, snapshot.capacityBytes().getAsLong());
    assertThat(snapshot.cores().getAsInt()).isPositive();
  }

  /**
   * Large, since tests before this one leave buffers that the garbage collector frees meanwhile.
   */
  @Test
  void memoryInUseRisesAndFallsWithABlock() {
    long bytes = 4 * BLOCK_BYTES;
    long noise = 5 * NOISE_BYTES;
    assumeTrue(telemetry.allocator().allocatedBytes().isPresent(), "needs glibc 2.33");
    DeviceSnapshot before = telemetry.read();
    DeviceSnapshot held;
    try (Memory block = new Memory(bytes)) {
      block.clear();
      held = telemetry.read();
    }
    DeviceSnapshot after = telemetry.read();
    assertThat(allocated(held) - allocated(before)).isCloseTo(bytes, within(noise));
    assertThat(used(held) - used(before)).isCloseTo(bytes, within(noise));
    assertThat(allocated(after)).isCloseTo(allocated(before), within(noise));
    assertThat(used(after)).isCloseTo(used(before), within(noise));
  }

  @Test
  void blocksOfOtherThreadsCountToo() throws InterruptedException {
    assumeTrue(telemetry.allocator().allocatedBytes().isPresent(), "needs glibc 2.33");
    long before = allocated(telemetry.read());
    // Below the threshold of own mappings, so they lie in the arena of their thread.
    Memory[] blocks = new Memory[2000];
    Thread thread = new Thread(() -> Arrays.setAll(blocks, i -> new Memory(BLOCK_BYTES / 4096)));
    thread.start();
    thread.join();
    long held = allocated(telemetry.read());
    for (Memory block : blocks) {
      block.close();
    }
    assertThat(held - before).isCloseTo(blocks.length * (BLOCK_BYTES / 4096), within(NOISE_BYTES));
  }

  @Test
  void trimmingTakesNothingThatIsInUse() {
    assumeTrue(telemetry.allocator().allocatedBytes().isPresent(), "needs glibc 2.33");
    try (Memory block = new Memory(MIB)) {
      block.setMemory(0, MIB, (byte) 7);
      telemetry.allocator().trim();
      assertThat(block.getByte(MIB - 1)).isEqualTo((byte) 7);
    }
  }

  @Test
  void anAddressSpaceLimitIsSeen() throws Exception {
    List<Long> headrooms = headroomsUnderLimit();
    assertThat(headrooms.get(0)).isBetween(BLOCK_BYTES, LIMIT_KIB * 1024);
    assertThat(headrooms.get(0) - headrooms.get(1)).isCloseTo(BLOCK_BYTES, within(2 * 64 * MIB));
  }

  private static List<Long> headroomsUnderLimit() throws Exception {
    String limit = "ulimit -v " + LIMIT_KIB;
    return ForkedJvm.run(limit, Map.of(), HeadroomProbe.class).stream().map(Long::valueOf).toList();
  }

  /** Prints the headroom before and after a block is taken. */
  static final class HeadroomProbe {
    public static void main(String[] args) {
      HostTelemetry telemetry = HostTelemetry.create();
      System.out.println(telemetry.read().hardHeadroomBytes().getAsLong());
      try (Memory block = new Memory(BLOCK_BYTES)) {
        block.clear();
        System.out.println(telemetry.read().hardHeadroomBytes().getAsLong());
      }
    }
  }

  private static long allocated(DeviceSnapshot snapshot) {
    return snapshot.allocatedBytes().getAsLong();
  }

  private static long used(DeviceSnapshot snapshot) {
    return snapshot.usedBytes().getAsLong();
  }
}
