package io.smartops.report.live;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * The runs of one user on this machine: one small file each, written anew every few seconds, in a
 * directory that only this user can read. A run whose process is gone is deleted by whoever sees
 * it; one that was not heard of for {@link #STALE} is not shown.
 *
 * <p>Not thread-safe.
 */
final class RunDirectory {
  static final Duration STALE = Duration.ofSeconds(60);

  private static final String PREFIX = "run-";
  private static final String SUFFIX = ".json";

  private final Gson gson = new Gson();
  private final Path folder;
  private final LongPredicate alive;
  private final LongSupplier millis;

  RunDirectory(Path folder, LongPredicate alive, LongSupplier millis) {
    this.folder = folder;
    this.alive = alive;
    this.millis = millis;
  }

  /** The directory of this user: below XDG_RUNTIME_DIR, or else below that for temporary files. */
  static RunDirectory ofUser() {
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    Path folder =
        runtime != null && Files.isDirectory(Path.of(runtime))
            ? Path.of(runtime, "smartops")
            : Path.of(
                System.getProperty("java.io.tmpdir"),
                "smartops-" + System.getProperty("user.name"));
    return new RunDirectory(
        folder,
        pid -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent(),
        System::currentTimeMillis);
  }

  /**
   * Writes this run's entry.
   *
   * @throws IOException if the directory is another user's, or cannot be written
   */
  void publish(RunEntry entry) throws IOException {
    ensurePrivate();
    Path part = folder.resolve(fileName(entry) + ".part");
    Files.writeString(part, gson.toJson(entry));
    Files.move(part, folder.resolve(fileName(entry)), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes this run's entry. */
  void withdraw(RunEntry entry) throws IOException {
    Files.deleteIfExists(folder.resolve(fileName(entry)));
  }

  /** The runs that are alive, oldest first. */
  List<RunEntry> runs() throws IOException {
    ensurePrivate();
    List<RunEntry> runs = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (Path file : files) {
        read(file).ifPresent(runs::add);
      }
    }
    runs.sort(Comparator.comparingLong(RunEntry::startedMillis).thenComparing(RunEntry::pid));
    return runs;
  }

  private Optional<RunEntry> read(Path file) throws IOException {
    Optional<RunEntry> entry = parse(file);
    if (entry.isPresent() && !alive.test(entry.get().pid())) {
      Files.deleteIfExists(file);
      return Optional.empty();
    }
    return entry.filter(run -> millis.getAsLong() - run.updatedMillis() < STALE.toMillis());
  }

  private Optional<RunEntry> parse(Path file) {
    try {
      return Optional.ofNullable(gson.fromJson(Files.readString(file), RunEntry.class))
          .filter(run -> run.url() != null && run.url().startsWith("http://"));
    } catch (IOException | JsonParseException unreadable) {
      return Optional.empty(); // just withdrawn, or not ours
    }
  }

  /** In a directory for temporary files, someone else may have taken the name. */
  private void ensurePrivate() throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      create();
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || !Files.getOwner(folder).getName().equals(System.getProperty("user.name"))) {
      throw new IOException(folder + " belongs to someone else");
    }
  }

  private void create() throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(folder);
    }
  }

  private static String fileName(RunEntry entry) {
    return PREFIX + entry.pid() + "-" + entry.startedMillis() + "-" + port(entry) + SUFFIX;
  }

  private static String port(RunEntry entry) {
    return entry.url().replaceAll("\\D+", "");
  }
}
