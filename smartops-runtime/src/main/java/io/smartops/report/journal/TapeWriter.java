package io.smartops.report.journal;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.smartops.control.Decision;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import io.smartops.control.tape.Tapes;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Writes what one controller is told: the signals of a logical step are a line, and steps that say
 * the same as the one before are counted.
 *
 * <p>For the thread that the controller belongs to; decisions may be announced on others.
 */
final class TapeWriter implements Tape {
  /** Signals of one step that are kept before they are written: a validation is within a step. */
  private static final int MOST_KEPT = 256;

  private final Tapes tapes;
  private final int number;
  private final LongSupplier currentStep;
  private final BiConsumer<String, JsonObject> lines;
  private final Queue<Decision> unannounced = new ConcurrentLinkedQueue<>();
  private List<Signal> now = new ArrayList<>();
  private List<Signal> before = new ArrayList<>();
  private long step;
  private long repeats;
  private boolean cut = true;

  TapeWriter(
      int number, LongSupplier currentStep, BiConsumer<String, JsonObject> lines, Tapes tapes) {
    this.tapes = tapes;
    this.number = number;
    this.currentStep = currentStep;
    this.lines = lines;
  }

  int number() {
    return number;
  }

  /** Whether a decision that is announced is this controller's; asked once for each. */
  boolean announces(Decision decision) {
    Decision content = decision.atStep(0);
    return unannounced.stream()
        .filter(d -> d.atStep(0).equals(content))
        .findFirst()
        .map(unannounced::remove)
        .orElse(false);
  }

  @Override
  public boolean isRunning() {
    return true;
  }

  @Override
  public void heard(Signal signal) {
    long current = currentStep.getAsLong();
    if (current != step) {
      endStep(current == step + 1);
      step = current;
    }
    now.add(signal);
    if (now.size() == MOST_KEPT) {
      cut();
    }
  }

  /** What led to the decision is written before it. */
  @Override
  public void decided(List<Decision> decisions) {
    unannounced.addAll(decisions);
    cut();
  }

  @Override
  public Tape inLowerPrecision(String name, long moreBytes) {
    cut();
    return tapes.open(name, new Setup.Lowered(number, moreBytes), currentStep);
  }

  /** Writes what was heard so far. */
  private void cut() {
    writeRepeats(step - 1);
    write();
    now.clear();
    cut = true;
  }

  /** The signals of {@code step} are complete. */
  private void endStep(boolean nextFollows) {
    if (!cut && now.equals(before)) {
      repeats++;
    } else {
      writeRepeats(step - 1);
      write();
    }
    if (!nextFollows) {
      writeRepeats(step);
    }
    List<Signal> ended = now;
    now = before;
    now.clear();
    before = ended;
    cut = !nextFollows || before.isEmpty();
  }

  private void write() {
    if (now.isEmpty()) {
      return;
    }
    JsonArray heard = new JsonArray();
    now.forEach(signal -> heard.add(RecordJson.encodeTagged(signal)));
    JsonObject line = line(step);
    line.add("heard", heard);
    lines.accept("signals", line);
  }

  private void writeRepeats(long lastStep) {
    if (repeats > 0) {
      JsonObject line = line(lastStep);
      line.addProperty("times", repeats);
      lines.accept("repeated", line);
      repeats = 0;
    }
  }

  private JsonObject line(long atStep) {
    JsonObject line = new JsonObject();
    line.addProperty("controller", number);
    line.addProperty("step", atStep);
    return line;
  }

  /** The run is over. */
  void end() {
    endStep(false);
  }
}
