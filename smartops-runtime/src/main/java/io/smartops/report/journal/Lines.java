package io.smartops.report.journal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of a journal's file. The last few seconds may be in memory only, unless {@link #flush}
 * is asked for. Not thread-safe.
 */
final class Lines implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Lines.class);

  /** Nulls are written: they stand for what is not known. */
  static final Gson GSON =
      new GsonBuilder()
          .disableHtmlEscaping()
          .serializeNulls()
          .serializeSpecialFloatingPointValues()
          .create();

  private static final String COMPRESSED = ".gz";

  /** What is written within so long of the latest flush may stay in memory. */
  private static final long LAZY_NANOS = 1_000_000_000;

  private final Path file;
  private final BufferedWriter writer;
  private long flushedNanos = System.nanoTime();
  private boolean broken;

  private Lines(Path file, BufferedWriter writer) {
    this.file = file;
    this.writer = writer;
  }

  /** Opens {@code file} for writing, and replaces it. */
  static Lines open(Path file) {
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      return new Lines(
          file, new BufferedWriter(new OutputStreamWriter(output(file), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the journal " + file + " cannot be written: choose another file for optJournal", e);
    }
  }

  private static OutputStream output(Path file) throws IOException {
    OutputStream plain = Files.newOutputStream(file);
    return isCompressed(file) ? new GZIPOutputStream(plain, true) : plain;
  }

  /** Opens {@code file} for reading. */
  static BufferedReader read(Path file) throws IOException {
    InputStream plain = Files.newInputStream(file);
    return new BufferedReader(
        new InputStreamReader(
            isCompressed(file) ? new GZIPInputStream(plain) : plain, StandardCharsets.UTF_8));
  }

  private static boolean isCompressed(Path file) {
    return file.toString().endsWith(COMPRESSED);
  }

  void write(JsonObject line) {
    attempt(
        () -> {
          writer.write(GSON.toJson(line));
          writer.write('\n');
        });
    if (System.nanoTime() - flushedNanos > LAZY_NANOS) {
      flush();
    }
  }

  /** Hands what was written to the system. */
  void flush() {
    attempt(writer::flush);
    flushedNanos = System.nanoTime();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void attempt(Writing writing) {
    if (broken) {
      return;
    }
    try {
      writing.run();
    } catch (IOException e) {
      broken = true;
      LOGGER.warn("The journal {} ends here: {}", file, e.toString());
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      LOGGER.warn("The journal {} was not closed cleanly: {}", file, e.toString());
    }
  }
}
