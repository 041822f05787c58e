package io.smartops.telemetry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system's root with just the kernel files that a test needs. */
record FixtureTree(Path root) {
  static final String V1_MOUNTS =
      """
      31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
      35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
      """;
  static final String V2_MOUNTS =
      "26 22 0:23 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

  /** Writes a file; directories on its way are made. */
  FixtureTree with(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the two files that place a process in the hierarchy. */
  FixtureTree placed(String groups, String mounts) {
    return with("proc/self/cgroup", groups).with("proc/self/mountinfo", mounts);
  }

  /** Writes a v2 group with a limit, a usage and an inactive file cache. */
  FixtureTree v2Group(String group, String max, long current, long inactiveFile) {
    String dir = "sys/fs/cgroup" + group + "/";
    return with(dir + "memory.max", max + "\n")
        .with(dir + "memory.high", "max\n")
        .with(dir + "memory.current", current + "\n")
        .with(dir + "memory.stat", "anon 1\nfile 2\ninactive_file " + inactiveFile + "\n");
  }

  /** Writes a v1 memory group; its own cache is 1, and that of the whole subtree is given. */
  FixtureTree v1Group(String group, String limit, long usage, long totalInactiveFile) {
    String dir = "sys/fs/cgroup/memory" + group + "/";
    return with(dir + "memory.limit_in_bytes", limit + "\n")
        .with(dir + "memory.usage_in_bytes", usage + "\n")
        .with(
            dir + "memory.stat",
            "cache 5\ninactive_file 1\ntotal_inactive_file " + totalInactiveFile + "\n");
  }
}
