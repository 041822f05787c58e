package io.smartops.report.journal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Signal;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal, line by line.
 *
 * <p>A journal whose run was killed may end within a line, which is then left out; a line that
 * cannot be read anywhere else is an error. Not thread-safe.
 */
public final class JournalReader implements AutoCloseable {
  private final Path file;
  private final BufferedReader reader;
  private @Nullable String ahead;
  private long line;
  private boolean ended;
  private boolean cutOff;

  /**
   * Opens a journal.
   *
   * @throws IOException if it is no journal, or one of another version
   */
  public JournalReader(Path file) throws IOException {
    this.file = file;
    this.reader = Lines.read(file);
    try {
      ahead = readLine();
      readHeader();
    } catch (IOException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private void readHeader() throws IOException {
    Optional<JsonObject> header = object();
    if (header.isEmpty() || !"journal".equals(text(header.get(), "type"))) {
      throw new JournalException(
          file + " is no journal of this version: its first line does not say so");
    }
    int version = header.get().get("version").getAsInt();
    if (version != Journal.VERSION) {
      throw new JournalException(
          "%s is a journal of version %d, and only version %d can be read: use the release that"
                  .formatted(file, version, Journal.VERSION)
              + " wrote it");
    }
  }

  /** The number of the line that {@link #next} gave, counted from 1. */
  public long line() {
    return line;
  }

  /** Whether the run came to its proper end. */
  public boolean isComplete() {
    return ended;
  }

  /** Whether the last line was cut off. */
  public boolean isCutOff() {
    return cutOff;
  }

  /**
   * The next entry; empty at the end.
   *
   * @throws JournalException if a line cannot be read
   */
  public Optional<Entry> next() throws IOException {
    Optional<JsonObject> object = object();
    if (object.isEmpty()) {
      return Optional.empty();
    }
    try {
      Entry entry = entry(object.get());
      ended |= entry instanceof Entry.End;
      return Optional.of(entry);
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | UnsupportedOperationException
        | NullPointerException
        | ClassCastException e) {
      throw corrupt(e);
    }
  }

  private Optional<JsonObject> object() throws IOException {
    String text = ahead;
    if (text == null) {
      return Optional.empty();
    }
    line++;
    ahead = readLine();
    try {
      return Optional.of(JsonParser.parseString(text).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      if (ahead == null && line > 1) {
        cutOff = true;
        return Optional.empty();
      }
      throw corrupt(e);
    }
  }

  private @Nullable String readLine() throws IOException {
    try {
      return reader.readLine();
    } catch (EOFException e) {
      cutOff = true;
      return null;
    }
  }

  private JournalException corrupt(RuntimeException cause) {
    return new JournalException(
        "line %d of %s cannot be read (%s): the file was changed or damaged"
            .formatted(line, file, cause.getMessage()),
        cause);
  }

  private static Entry entry(JsonObject o) {
    String type = text(o, "type");
    return switch (type) {
      case "controller" ->
          new Entry.Made(
              o.get("controller").getAsInt(),
              text(o, "name"),
              RecordJson.decodeTagged(o.getAsJsonArray("setup"), Setup.class));
      case "signals" -> new Entry.Heard(o.get("controller").getAsInt(), step(o), signals(o));
      case "repeated" ->
          new Entry.Repeated(o.get("controller").getAsInt(), step(o), o.get("times").getAsLong());
      case "decision" ->
          new Entry.Decided(
              o.has("controller")
                  ? OptionalInt.of(o.get("controller").getAsInt())
                  : OptionalInt.empty(),
              Lines.GSON.fromJson(o, Decision.class));
      case "outcome" -> outcome(o);
      case "end" -> new Entry.End();
      default -> new Entry.Happened(type, step(o));
    };
  }

  private static List<Signal> signals(JsonObject o) {
    return o.getAsJsonArray("heard").asList().stream()
        .map(signal -> RecordJson.decodeTagged(signal.getAsJsonArray(), Signal.class))
        .toList();
  }

  private static Entry outcome(JsonObject o) {
    return new Entry.Outcome(
        step(o),
        Knob.valueOf(text(o, "knob")),
        text(o, "to"),
        o.get("steps").getAsInt(),
        number(o, "samplesPerSecondBefore"),
        number(o, "samplesPerSecondAfter"),
        number(o, "highestUsedBytes"),
        o.get("outOfMemoryErrors").getAsInt());
  }

  private static long step(JsonObject o) {
    return o.get("step").getAsLong();
  }

  private static String text(JsonObject o, String name) {
    JsonElement element = o.get(name);
    return element == null ? "" : element.getAsString();
  }

  private static OptionalDouble number(JsonObject o, String name) {
    JsonElement element = o.get(name);
    return element.isJsonNull() ? OptionalDouble.empty() : OptionalDouble.of(element.getAsDouble());
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
