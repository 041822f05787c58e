package io.smartops.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.smartops.OutOfMemoryEvent;
import io.smartops.SkippedStep;
import io.smartops.SmartOpsListener;
import io.smartops.control.Decision;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes decisions and out-of-memory errors to a file as JSON Lines, one object a line with its
 * {@code type} first. Each line is flushed, so that a run that dies leaves its story.
 *
 * <p>A file that can no longer be written (a full disk) ends the journal with one warning and never
 * the training.
 *
 * <p>Not thread-safe: the run's log calls it in order.
 */
public final class Journal implements SmartOpsListener, AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(Journal.class);

  private final Gson gson = new GsonBuilder().disableHtmlEscaping().create();
  private final Path file;
  private final BufferedWriter writer;
  private boolean broken;

  /**
   * Opens the journal, replacing the file; missing directories are made.
   *
   * @throws UncheckedIOException if the file cannot be written
   */
  public Journal(Path file) {
    this.file = file;
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      this.writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the journal " + file + " cannot be written: choose another file for optJournal", e);
    }
  }

  @Override
  public void onDecision(Decision decision) {
    write("decision", gson.toJsonTree(decision));
  }

  @Override
  public void onOutOfMemory(OutOfMemoryEvent event) {
    write("out-of-memory", gson.toJsonTree(event));
  }

  @Override
  public void onStepSkipped(SkippedStep skipped) {
    write("skipped-step", gson.toJsonTree(skipped));
  }

  private void write(String type, JsonElement fields) {
    if (broken) {
      return;
    }
    JsonObject line = new JsonObject();
    line.addProperty("type", type);
    fields.getAsJsonObject().entrySet().forEach(e -> line.add(e.getKey(), e.getValue()));
    try {
      writer.write(gson.toJson(line));
      writer.newLine();
      writer.flush();
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
