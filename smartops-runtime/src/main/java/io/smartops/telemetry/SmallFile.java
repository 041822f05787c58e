package io.smartops.telemetry;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A small kernel file that is read over and over. It stays open between readings, which saves the
 * walk along the path and about half of the cost; a failed reading closes it, and the next one
 * opens it again. The handle is released when this object is garbage collected.
 *
 * <p>It reads through {@link RandomAccessFile}: a file channel would be closed for good by an
 * interrupt of the reading thread. Thread-safe.
 */
final class SmallFile {
  /** Enough for {@code status}, {@code meminfo} and {@code memory.stat}, which have 2 to 4 KiB. */
  private static final int MAX_BYTES = 8192;

  private final Path path;
  private final byte[] buffer = new byte[MAX_BYTES];
  private @Nullable RandomAccessFile open;

  SmallFile(Path path) {
    this.path = path;
  }

  /** The first {@value #MAX_BYTES} bytes as they are now; empty if the file cannot be read. */
  synchronized Optional<String> text() {
    try {
      RandomAccessFile file = opened();
      file.seek(0);
      int count = file.read(buffer);
      return Optional.of(new String(buffer, 0, Math.max(count, 0), StandardCharsets.ISO_8859_1));
    } catch (IOException unreadable) {
      close();
      return Optional.empty();
    }
  }

  private RandomAccessFile opened() throws IOException {
    RandomAccessFile file = open;
    if (file == null) {
      file = new RandomAccessFile(path.toFile(), "r");
      open = file;
    }
    return file;
  }

  private void close() {
    RandomAccessFile file = open;
    open = null;
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException gone) {
      // The file has vanished; there is nothing left to release.
    }
  }
}
