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

  /** What a JVM itself may allocate or give back meanwhile. */
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

  @Test
  void memoryInUseRisesAndFallsWithABlock() throws Exception {
    assumeTrue(telemetry.allocator().allocatedBytes().isPresent(), "needs glibc 2.33");
    List<Long> readings = readings(BlockProbe.class);
    assertThat(readings.get(0)).as("allocated").isCloseTo(BLOCK_BYTES, within(NOISE_BYTES));
    assertThat(readings.get(1)).as("used").isCloseTo(BLOCK_BYTES, within(NOISE_BYTES));
    assertThat(readings.get(2)).as("allocated after").isCloseTo(0, within(NOISE_BYTES));
    assertThat(readings.get(3)).as("used after").isCloseTo(0, within(NOISE_BYTES));
  }

  @Test
  void blocksOfOtherThreadsCountToo() throws Exception {
    assumeTrue(telemetry.allocator().allocatedBytes().isPresent(), "needs glibc 2.33");
    assertThat(readings(OtherThreadProbe.class).get(0))
        .isCloseTo(OtherThreadProbe.BYTES, within(NOISE_BYTES));
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
    return readings("ulimit -v " + LIMIT_KIB, HeadroomProbe.class);
  }

  /** In a JVM of its own: this one's collector frees buffers of earlier tests at any time. */
  private static List<Long> readings(Class<?> probe) throws Exception {
    return readings("true", probe);
  }

  private static List<Long> readings(String setup, Class<?> probe) throws Exception {
    return ForkedJvm.run(setup, Map.of(), probe).stream().map(Long::valueOf).toList();
  }

  /** Prints by how much both readings rise with a block, and by how much they stay above. */
  static final class BlockProbe {
    public static void main(String[] args) {
      HostTelemetry telemetry = HostTelemetry.create();
      DeviceSnapshot before = telemetry.read();
      try (Memory block = new Memory(BLOCK_BYTES)) {
        block.clear();
        print(telemetry.read(), before);
      }
      print(telemetry.read(), before);
    }

    private static void print(DeviceSnapshot now, DeviceSnapshot before) {
      System.out.println(allocated(now) - allocated(before));
      System.out.println(used(now) - used(before));
    }
  }

  /** Prints by how much the bytes allocated rise with small blocks of another thread. */
  static final class OtherThreadProbe {
    /** Below the threshold of own mappings, so they lie in the arena of their thread. */
    private static final long SMALL_BLOCK_BYTES = 64 << 10;

    private static final int BLOCKS = 2000;
    static final long BYTES = BLOCKS * SMALL_BLOCK_BYTES;

    public static void main(String[] args) throws InterruptedException {
      HostTelemetry telemetry = HostTelemetry.create();
      long before = allocated(telemetry.read());
      Memory[] blocks = new Memory[BLOCKS];
      Thread thread = new Thread(() -> Arrays.setAll(blocks, i -> new Memory(SMALL_BLOCK_BYTES)));
      thread.start();
      thread.join();
      System.out.println(allocated(telemetry.read()) - before);
      for (Memory block : blocks) {
        block.close();
      }
    }
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
