package io.smartops.telemetry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * What the control groups of this process, from its own up to the topmost visible one, allow it:
 *
 * <p>{@code capacity = min limit}, {@code available = min (limit − in use)} and {@code processors =
 * min quota}, each over the groups that have such a limit.
 *
 * <p>Limits change seldom, and in deep hierarchies there are many files of them: they are read
 * again after {@link #REFRESH_NANOS}, and with them the place of this process in the hierarchy.
 * Usage is read each time, of limited groups only. Not thread-safe.
 */
final class ControlGroups {
  /** A limit that someone moves is seen within a second. */
  static final long REFRESH_NANOS = 1_000_000_000;

  private final Path root;
  private final SmallFile membership;
  private final Path mounts;
  private String seenMembership = "";
  private List<ControlGroup> memoryGroups = List.of();
  private List<ControlGroup> cpuGroups = List.of();
  private List<LimitedGroup> limited = List.of();
  private OptionalDouble processors = OptionalDouble.empty();
  private long refreshedNanos;

  private record LimitedGroup(ControlGroup group, long limitBytes) {
    LongStream availableBytes() {
      return group.memoryInUseBytes().stream().map(used -> Math.max(0, limitBytes - used));
    }
  }

  /** Looks below {@code root}, which is {@code /} but for tests. */
  ControlGroups(Path root, long nowNanos) {
    this.root = root;
    membership = new SmallFile(root.resolve("proc/self/cgroup"));
    mounts = root.resolve("proc/self/mountinfo");
    refresh(nowNanos);
  }

  /** Reads the limits again if they are old. */
  void refreshIfOld(long nowNanos) {
    if (nowNanos - refreshedNanos >= REFRESH_NANOS) {
      refresh(nowNanos);
    }
  }

  /** The smallest memory limit; absent without one. */
  OptionalLong memoryLimitBytes() {
    return limited.stream().mapToLong(LimitedGroup::limitBytes).min();
  }

  /** The least that one of the limited groups can still give. */
  OptionalLong memoryAvailableBytes() {
    return limited.stream().flatMapToLong(LimitedGroup::availableBytes).min();
  }

  /** The smallest processor quota; absent without one. */
  OptionalDouble processors() {
    return processors;
  }

  private void refresh(long nowNanos) {
    refreshedNanos = nowNanos;
    String groups = membership.text().orElse("");
    if (!groups.equals(seenMembership)) {
      seenMembership = groups;
      String mountTable = mountTable();
      memoryGroups = locate(groups, mountTable, "memory");
      cpuGroups = locate(groups, mountTable, "cpu");
    }
    limited =
        memoryGroups.stream()
            .flatMap(
                group ->
                    group.memoryLimitBytes().stream()
                        .mapToObj(limit -> new LimitedGroup(group, limit)))
            .toList();
    processors = cpuGroups.stream().flatMapToDouble(group -> group.processors().stream()).min();
  }

  /**
   * All of it: a host of many containers has hundreds of mounts, and the kernel writes in pieces.
   */
  private String mountTable() {
    try {
      return new String(Files.readAllBytes(mounts), StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      return "";
    }
  }

  private List<ControlGroup> locate(String groups, String mountTable, String controller) {
    return ControlGroupPaths.locate(root, groups, mountTable, controller).stream()
        .flatMap(
            paths -> paths.directories().stream().map(dir -> ControlGroup.of(paths.version(), dir)))
        .toList();
  }
}
