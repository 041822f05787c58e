package io.smartops.benchmarks.compare;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/** This process's address space, on Linux. */
final class AddressSpace {
  /** Address space: see getrlimit(2). */
  private static final int RLIMIT_AS = 9;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long KIBIBYTE = 1_024;

  private AddressSpace() {}

  /** The C library's limits. */
  interface Limits extends Library {
    int setrlimit(int resource, long[] softAndHard);
  }

  /** Lets it grow by {@code headroomBytes} from now on; what asks for more fails. */
  static void limit(long headroomBytes) throws IOException {
    long limit = mappedBytes() + headroomBytes;
    Limits limits = Native.load("c", Limits.class);
    if (limits.setrlimit(RLIMIT_AS, new long[] {limit, limit}) != 0) {
      throw new IllegalStateException("the address space could not be limited to " + limit);
    }
  }

  /** What is mapped now. */
  static long mappedBytes() throws IOException {
    return bytes("VmSize:");
  }

  /** The most that ever was. */
  static long peakBytes() throws IOException {
    return bytes("VmPeak:");
  }

  private static long bytes(String key) throws IOException {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) * KIBIBYTE)
          .findFirst()
          .orElseThrow(() -> new NoSuchElementException(key + " is not in " + STATUS));
    }
  }
}
