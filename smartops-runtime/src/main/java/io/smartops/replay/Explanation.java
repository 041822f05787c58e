package io.smartops.replay;

import io.smartops.control.Decision;
import io.smartops.control.tape.Signal;
import io.smartops.report.journal.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Why the plan of one step was what it was, in words. Not thread-safe. */
final class Explanation {
  private final long step;
  private final Map<Integer, String> names = new TreeMap<>();
  private final Map<Integer, List<Signal>> latest = new HashMap<>();
  private final Map<Integer, List<Signal>> heard = new TreeMap<>();
  private final Map<String, Decision> inForce = new LinkedHashMap<>();
  private final List<Decision> taken = new ArrayList<>();
  private final List<Entry.Outcome> outcomes = new ArrayList<>();
  private final List<String> happened = new ArrayList<>();
  private long lastStep;

  Explanation(long step) {
    this.step = step;
  }

  /** The next line of the journal. */
  void accept(Entry entry) {
    if (entry instanceof Entry.Made made) {
      names.put(made.controller(), made.name());
    } else if (entry instanceof Entry.Heard told) {
      latest.put(told.controller(), told.signals());
      hear(told.controller(), told.step(), 1);
    } else if (entry instanceof Entry.Repeated repeated) {
      hear(repeated.controller(), repeated.step(), repeated.times());
    } else if (entry instanceof Entry.Decided decided) {
      decide(decided);
    } else if (entry instanceof Entry.Outcome outcome) {
      outcomes.add(outcome);
    } else if (entry instanceof Entry.Happened event && event.step() == step) {
      happened.add(event.type());
    }
  }

  private void hear(int controller, long until, long times) {
    lastStep = Math.max(lastStep, until);
    if (until - times < step && step <= until) {
      heard
          .computeIfAbsent(controller, c -> new ArrayList<>())
          .addAll(latest.getOrDefault(controller, List.of()));
    }
  }

  private void decide(Entry.Decided decided) {
    Decision decision = decided.decision();
    if (decision.step() == step) {
      taken.add(decision);
    }
    if (decision.step() <= step) {
      int controller = decided.controller().orElse(-1);
      String where = names.getOrDefault(controller, "");
      inForce.put("%s (%s)".formatted(decision.knob().label(), where), decision);
    }
  }

  /** All of it. */
  String describe() {
    StringBuilder text = new StringBuilder();
    if (step < 1 || step > lastStep) {
      return "Nothing is known of step %d: the journal tells of steps 1 to %d.%n"
          .formatted(step, lastStep);
    }
    text.append("Step %d%n".formatted(step));
    text.append(taken.isEmpty() ? "Nothing was changed.%n".formatted() : "Changed:%n".formatted());
    taken.forEach(decision -> append(text, decision));
    happened.forEach(type -> text.append("It also saw: %s.%n".formatted(type)));
    text.append("In force:%n".formatted());
    inForce.forEach(
        (knob, d) ->
            text.append(
                "  %s: %s since step %d, because %s%n"
                    .formatted(knob, d.to(), d.step(), d.reason())));
    if (inForce.isEmpty()) {
      text.append("  everything as at the start: whole batches, no decision so far%n".formatted());
    }
    text.append("Known at the time:%n".formatted());
    heard.forEach(
        (controller, signals) -> {
          text.append("  %s:%n".formatted(names.get(controller)));
          signals.forEach(s -> text.append("    %s%n".formatted(SignalWords.of(s))));
        });
    return text.toString();
  }

  private void append(StringBuilder text, Decision decision) {
    text.append(
        "  %s %s → %s, because %s%n"
            .formatted(decision.knob().label(), decision.from(), decision.to(), decision.reason()));
    decision
        .figures()
        .forEach(
            (name, value) ->
                text.append(String.format(Locale.ROOT, "    %s %,.6g%n", name, value)));
    outcomes.stream()
        .filter(o -> o.step() == decision.step() && o.knob() == decision.knob())
        .filter(o -> o.to().equals(decision.to()))
        .forEach(o -> text.append("    outcome: %s%n".formatted(words(o))));
  }

  private static String words(Entry.Outcome outcome) {
    return "in the %d steps that followed %s samples/s (%s before), at most %s held, %d out-of-memory errors"
        .formatted(
            outcome.steps(),
            rate(outcome.samplesPerSecondAfter()),
            rate(outcome.samplesPerSecondBefore()),
            outcome.highestUsedBytes().isPresent()
                ? SignalWords.megabytes(outcome.highestUsedBytes().getAsDouble())
                : "an amount that was not read",
            outcome.outOfMemoryErrors());
  }

  private static String rate(OptionalDouble rate) {
    return rate.isPresent() ? String.format(Locale.ROOT, "%,.1f", rate.getAsDouble()) : "unknown";
  }
}
