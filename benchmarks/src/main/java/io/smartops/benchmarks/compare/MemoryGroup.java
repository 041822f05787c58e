package io.smartops.benchmarks.compare;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A control group of Linux, of version 1 or 2: what a container limits its processes with. Where
 * they need more, the kernel kills one.
 *
 * @param folder its files
 */
record MemoryGroup(Path folder) implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /**
   * A new group.
   *
   * @throws IOException if this user may not make one
   */
  static MemoryGroup create() throws IOException {
    Optional<Path> parent =
        Stream.of(ROOT.resolve("memory"), ROOT).filter(Files::isWritable).findFirst();
    if (parent.isEmpty()) {
      throw new IOException(
          "the condition MEMORY_LIMITED makes a control group below "
              + ROOT
              + ", which this user may not: run as root, or name other conditions");
    }
    Path folder = parent.get().resolve("smartops-compare-" + ProcessHandle.current().pid());
    return new MemoryGroup(Files.createDirectories(folder));
  }

  /**
   * Reads all files below {@code folder}. Linux counts a file's pages to the group of who read them
   * first: a trial that finds the engine's libraries on disk would have their size more to use than
   * one that finds them in memory.
   */
  static void readOutside(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, OutputStream.nullOutputStream());
      }
    }
  }

  /** The file that takes the numbers of processes. */
  Path members() {
    return folder.resolve("cgroup.procs");
  }

  /** Allows so much more than is in use. */
  void limitTo(long bytesAboveUse) throws IOException {
    String used = Files.readString(file("memory.current", "memory.usage_in_bytes")).strip();
    Files.writeString(
        file("memory.max", "memory.limit_in_bytes"),
        Long.toString(Long.parseLong(used) + bytesAboveUse));
  }

  /** The file's name in version 2 or 1. */
  private Path file(String name, String olderName) {
    Path file = folder.resolve(name);
    return Files.exists(file) ? file : folder.resolve(olderName);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(folder);
  }
}
