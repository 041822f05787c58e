package io.smartops.telemetry;

import io.smartops.telemetry.ControlGroupPaths.Version;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** One control group: what it may use and what it uses. Thread-safe. */
sealed interface ControlGroup {

  /** A memory limit from here on is the kernel's way to say "none" in v1. */
  long UNLIMITED_FROM_BYTES = 1L << 60;

  /** The group in {@code directory}. */
  static ControlGroup of(Version version, Path directory) {
    return version == Version.V1 ? new V1(directory) : new V2(directory);
  }

  /** The most memory that the group may hold; absent without a limit. */
  OptionalLong memoryLimitBytes();

  /**
   * Memory that the group cannot give back at once: its usage without the file cache that nobody
   * has used lately, which the kernel drops before it refuses memory.
   */
  OptionalLong memoryInUseBytes();

  /** Processors that the group may keep busy; absent without a quota. */
  OptionalDouble processors();

  private static OptionalLong bytes(SmallFile file) {
    return Figures.word(file.text().orElse(""), 0);
  }

  private static OptionalLong limit(Stream<SmallFile> files) {
    return files
        .flatMapToLong(file -> bytes(file).stream())
        .filter(bytes -> bytes < UNLIMITED_FROM_BYTES)
        .min();
  }

  private static OptionalLong inUse(SmallFile usage, SmallFile stat, List<String> inactive) {
    OptionalLong used = bytes(usage);
    if (used.isEmpty()) {
      return used;
    }
    String text = stat.text().orElse("");
    long droppable =
        inactive.stream()
            .flatMapToLong(label -> Figures.labelled(text, label).stream())
            .findFirst()
            .orElse(0);
    return OptionalLong.of(Math.max(0, used.getAsLong() - droppable));
  }

  private static OptionalDouble processors(OptionalLong quota, OptionalLong period) {
    boolean limited = quota.orElse(0) > 0 && period.orElse(0) > 0;
    return limited
        ? OptionalDouble.of((double) quota.getAsLong() / period.getAsLong())
        : OptionalDouble.empty();
  }

  /** The older interface, one hierarchy for each controller. */
  final class V1 implements ControlGroup {
    private static final List<String> INACTIVE = List.of("total_inactive_file", "inactive_file");

    private final SmallFile limit;
    private final SmallFile usage;
    private final SmallFile stat;
    private final SmallFile quota;
    private final SmallFile period;

    private V1(Path directory) {
      limit = new SmallFile(directory.resolve("memory.limit_in_bytes"));
      usage = new SmallFile(directory.resolve("memory.usage_in_bytes"));
      stat = new SmallFile(directory.resolve("memory.stat"));
      quota = new SmallFile(directory.resolve("cpu.cfs_quota_us"));
      period = new SmallFile(directory.resolve("cpu.cfs_period_us"));
    }

    @Override
    public OptionalLong memoryLimitBytes() {
      return limit(Stream.of(limit));
    }

    @Override
    public OptionalLong memoryInUseBytes() {
      return inUse(usage, stat, INACTIVE);
    }

    @Override
    public OptionalDouble processors() {
      return ControlGroup.processors(bytes(quota), bytes(period));
    }
  }

  /**
   * The unified interface. {@code memory.high}, above which the kernel stalls us, is a limit too.
   */
  final class V2 implements ControlGroup {
    private static final List<String> INACTIVE = List.of("inactive_file");

    private final SmallFile max;
    private final SmallFile high;
    private final SmallFile usage;
    private final SmallFile stat;
    private final SmallFile cpu;

    private V2(Path directory) {
      max = new SmallFile(directory.resolve("memory.max"));
      high = new SmallFile(directory.resolve("memory.high"));
      usage = new SmallFile(directory.resolve("memory.current"));
      stat = new SmallFile(directory.resolve("memory.stat"));
      cpu = new SmallFile(directory.resolve("cpu.max"));
    }

    @Override
    public OptionalLong memoryLimitBytes() {
      return limit(Stream.of(max, high));
    }

    @Override
    public OptionalLong memoryInUseBytes() {
      return inUse(usage, stat, INACTIVE);
    }

    @Override
    public OptionalDouble processors() {
      String text = cpu.text().orElse("");
      return ControlGroup.processors(Figures.word(text, 0), Figures.word(text, 1));
    }
  }
}
