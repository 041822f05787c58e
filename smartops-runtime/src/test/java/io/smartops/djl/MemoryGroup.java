package io.smartops.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A control group of the kernel, of version 1 or 2, whose memory limit binds the processes in it.
 *
 * @param folder its files
 * @param limit file with the limit in bytes
 * @param usage file with the usage in bytes
 */
record MemoryGroup(Path folder, Path limit, Path usage) implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  MemoryGroup(Path folder) {
    this(
        folder,
        first(folder, "memory.max", "memory.limit_in_bytes"),
        first(folder, "memory.current", "memory.usage_in_bytes"));
  }

  /** A new group; empty where this process may not make one. */
  static Optional<MemoryGroup> create() {
    return Stream.of(ROOT.resolve("memory"), ROOT)
        .filter(Files::isDirectory)
        .map(parent -> parent.resolve("smartops-test-" + ProcessHandle.current().pid()))
        .flatMap(folder -> createIn(folder).stream())
        .findFirst();
  }

  private static Optional<MemoryGroup> createIn(Path folder) {
    try {
      Files.createDirectory(folder);
      MemoryGroup group = new MemoryGroup(folder);
      if (Files.isWritable(group.limit)) {
        return Optional.of(group);
      }
      Files.delete(folder);
      return Optional.empty();
    } catch (IOException refused) {
      return Optional.empty();
    }
  }

  private static Path first(Path folder, String name, String otherName) {
    Path file = folder.resolve(name);
    return Files.exists(file) ? file : folder.resolve(otherName);
  }

  /** The file that takes the numbers of processes to be put into the group. */
  Path members() {
    return folder.resolve("cgroup.procs");
  }

  /** Allows so much more than is in use. */
  void limitTo(long bytesAboveUsage) throws IOException {
    long used = Long.parseLong(Files.readString(usage).trim());
    Files.writeString(limit, Long.toString(used + bytesAboveUsage));
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(folder);
  }
}
