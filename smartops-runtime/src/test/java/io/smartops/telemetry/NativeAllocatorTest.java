package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What glibc keeps is its own for good: in a process of its own. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class NativeAllocatorTest {
  private static final int MIB = 1 << 20;
  private static final int BLOCKS = 40;
  private static final int SMALL_BYTES = 64 << 10;
  private static final int SMALL_BLOCKS = 100;

  @Test
  void whatIsFreedStaysUntilItIsTrimmed() throws Exception {
    assumeTrue(NativeAllocator.ofProcess().allocatedBytes().isPresent(), "needs glibc 2.33");
    List<Long> resident =
        ForkedJvm.run("true", Map.of(), Probe.class).stream().map(Long::valueOf).toList();
    long before = resident.get(1);
    assertThat(resident.get(2) - before).isGreaterThan((BLOCKS - 8) * MIB);
    assertThat(resident.get(3) - before).isLessThan(8 * MIB);
  }

  /**
   * Prints resident memory at first, after blocks at the end of a thread's heap were taken and
   * freed, and after a trim.
   */
  static final class Probe {
    public static void main(String[] args) throws InterruptedException {
      Thread thread = new Thread(Probe::probe); // has a heap of its own
      thread.start();
      thread.join();
    }

    private static void probe() {
      NativeAllocator allocator = NativeAllocator.ofProcess();
      allocator.keepFreed(2 * MIB);
      allocator.trim();
      print(); // classes are loaded now
      // What else the thread takes lies here from now on, and not behind the blocks.
      List<Memory> holes = take(SMALL_BLOCKS, SMALL_BYTES);
      Memory end = new Memory(SMALL_BYTES);
      holes.forEach(Memory::close);
      print();
      take(BLOCKS, MIB).forEach(Memory::close);
      print();
      allocator.trim();
      print();
      end.close();
    }

    private static List<Memory> take(int count, int bytes) {
      List<Memory> blocks = IntStream.range(0, count).mapToObj(i -> new Memory(bytes)).toList();
      blocks.forEach(block -> block.setMemory(0, bytes, (byte) 1));
      return blocks;
    }

    private static void print() {
      System.out.println(HostTelemetry.create().read().usedBytes().orElseThrow());
    }
  }
}
