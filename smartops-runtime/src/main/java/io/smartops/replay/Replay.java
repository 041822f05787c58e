package io.smartops.replay;

import io.smartops.control.Decision;
import io.smartops.control.tape.Replica;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Signal;
import io.smartops.report.journal.Entry;
import io.smartops.report.journal.JournalException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Tells controllers of the same make what a journal says its controllers were told, and compares
 * what they decide, to the last bit of each figure.
 *
 * <p>Controllers are functions of what they are told, so a difference means that the journal or the
 * code is not what it was. Not thread-safe.
 */
final class Replay {
  private final Map<Integer, Controller> controllers = new HashMap<>();
  private long signals;
  private long decisions;
  private Optional<Difference> difference = Optional.empty();

  private static final class Controller {
    private final String name;
    private final boolean countsForItself;
    private final Replica replica;
    private final Deque<Decision> expected = new ArrayDeque<>();
    private List<Signal> latest = List.of();

    private Controller(String name, Setup setup, IntFunction<Replica> others) {
      this.name = name;
      this.countsForItself = setup.countsForItself();
      this.replica = setup.replica(others);
    }

    private void tell(long step, List<Signal> heard) {
      latest = heard;
      heard.forEach(signal -> expected.addAll(replica.tell(step, signal)));
    }

    /** The loader counts batches, and its decisions are announced with the step at hand. */
    private boolean agrees(Decision recorded) {
      Decision own = expected.peek();
      return own != null && (countsForItself ? own.atStep(recorded.step()) : own).equals(recorded);
    }
  }

  /**
   * The next line of the journal; nothing is done after the first difference.
   *
   * @throws JournalException if the line cannot follow those before it
   */
  void accept(long line, Entry entry) throws JournalException {
    if (difference.isPresent()) {
      return;
    }
    try {
      take(line, entry);
    } catch (IllegalArgumentException e) {
      throw new JournalException(
          "line %d tells a controller what it cannot be told (%s): the file was changed or damaged"
              .formatted(line, e.getMessage()),
          e);
    }
  }

  private void take(long line, Entry entry) {
    if (entry instanceof Entry.Made made) {
      controllers.put(
          made.controller(), new Controller(made.name(), made.setup(), n -> controller(n).replica));
    } else if (entry instanceof Entry.Heard heard) {
      Controller controller = controller(heard.controller());
      if (hasAnnounced(line, controller)) {
        controller.tell(heard.step(), heard.signals());
        signals += heard.signals().size();
      }
    } else if (entry instanceof Entry.Repeated repeated) {
      repeat(line, repeated);
    } else if (entry instanceof Entry.Decided decided && decided.controller().isPresent()) {
      compare(line, controller(decided.controller().getAsInt()), decided.decision());
    } else if (entry instanceof Entry.End) {
      controllers.values().forEach(controller -> hasAnnounced(line, controller));
    }
  }

  private Controller controller(int number) {
    Controller controller = controllers.get(number);
    if (controller == null) {
      throw new IllegalArgumentException("there is no controller " + number);
    }
    return controller;
  }

  private void repeat(long line, Entry.Repeated repeated) {
    Controller controller = controller(repeated.controller());
    for (long i = repeated.times() - 1; i >= 0 && hasAnnounced(line, controller); i--) {
      controller.tell(repeated.step() - i, controller.latest);
      signals += controller.latest.size();
    }
  }

  /** Whether all decisions that the replay took are in the journal by now. */
  private boolean hasAnnounced(long line, Controller controller) {
    Decision left = controller.expected.peek();
    if (left != null && difference.isEmpty()) {
      difference =
          Optional.of(new Difference(line, controller.name, Optional.empty(), Optional.of(left)));
    }
    return left == null;
  }

  private void compare(long line, Controller controller, Decision recorded) {
    decisions++;
    if (!controller.agrees(recorded)) {
      difference =
          Optional.of(
              new Difference(
                  line,
                  controller.name,
                  Optional.of(recorded),
                  Optional.ofNullable(controller.expected.peek())));
    }
    controller.expected.poll();
  }

  Optional<Difference> difference() {
    return difference;
  }

  /** What was done, in words. */
  String describe() {
    return "%,d signals told to %d controllers, %d decisions made again"
        .formatted(signals, controllers.size(), decisions);
  }
}
