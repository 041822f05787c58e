package io.smartops.report.journal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.smartops.OutOfMemoryEvent;
import io.smartops.SkippedStep;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Tape;
import io.smartops.control.tape.Tapes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Writes a run down as JSON Lines, one object a line with its {@code type} first: what each
 * controller was made from and told, what it decided and what came of it, out-of-memory errors and
 * skipped steps. From this, {@code io.smartops.replay} makes the decisions again.
 *
 * <p>Small: what repeats is counted. Safe: a decision is on the disk, with all that led to it,
 * before training goes on, so that a run that dies leaves its story. A file that can no longer be
 * written (a full disk) ends the journal with one warning and never the training.
 *
 * <p>Thread-safe: several devices share one journal.
 */
public final class Journal implements SmartOpsListener, Tapes, AutoCloseable {
  /** The version of the format; a reader knows one. */
  static final int VERSION = 1;

  private final Lines lines;
  private final List<TapeWriter> tapes = new ArrayList<>();
  private final Outcomes outcomes;

  /**
   * Opens the journal, replacing the file; missing directories are made. A name that ends in {@code
   * .gz} is written compressed.
   *
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public Journal(Path file) {
    lines = Lines.open(file);
    outcomes = new Outcomes(this::write);
    JsonObject header = new JsonObject();
    header.addProperty("version", VERSION);
    write("journal", header);
    lines.flush();
  }

  @Override
  public synchronized Tape open(String name, Setup setup, LongSupplier step) {
    JsonObject fields = new JsonObject();
    fields.addProperty("controller", tapes.size());
    fields.addProperty("name", name);
    fields.add("setup", RecordJson.encodeTagged(setup));
    write("controller", fields);
    TapeWriter tape = new TapeWriter(tapes.size(), step, this::write, this);
    tapes.add(tape);
    return tape;
  }

  /** The decision of a controller names it; one that was taken without a controller does not. */
  @Override
  public synchronized void onDecision(Decision decision) {
    JsonObject fields = new JsonObject();
    tapes.stream()
        .filter(tape -> tape.announces(decision))
        .findFirst()
        .ifPresent(tape -> fields.addProperty("controller", tape.number()));
    add(fields, Lines.GSON.toJsonTree(decision));
    write("decision", fields);
    lines.flush();
    outcomes.decided(decision);
  }

  @Override
  public synchronized void onOutOfMemory(OutOfMemoryEvent event) {
    outcomes.outOfMemory();
    write("out-of-memory", Lines.GSON.toJsonTree(event).getAsJsonObject());
    lines.flush();
  }

  @Override
  public synchronized void onStepSkipped(SkippedStep skipped) {
    write("skipped-step", Lines.GSON.toJsonTree(skipped).getAsJsonObject());
    lines.flush();
  }

  @Override
  public synchronized void onStep(StepReport report) {
    outcomes.step(report);
  }

  private static void add(JsonObject fields, JsonElement more) {
    more.getAsJsonObject().entrySet().forEach(e -> fields.add(e.getKey(), e.getValue()));
  }

  private synchronized void write(String type, JsonObject fields) {
    JsonObject line = new JsonObject();
    line.addProperty("type", type);
    add(line, fields);
    lines.write(line);
  }

  @Override
  public synchronized void close() {
    outcomes.end();
    tapes.forEach(TapeWriter::end);
    write("end", new JsonObject());
    lines.close();
  }
}
