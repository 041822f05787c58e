package io.smartops.report.journal;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.smartops.StepReport;
import io.smartops.control.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * What came of each decision: throughput in the {@link #STEPS} steps before and after it, and the
 * most memory that was seen after it. The end comes earlier where the same knob is turned again.
 *
 * <p>Throughput is samples over the time of steps, what came between them left out. Whatever else
 * changed in these steps is part of it.
 *
 * <p>Not thread-safe.
 */
final class Outcomes {
  /** Steps that are looked at on each side of a decision. */
  static final int STEPS = 20;

  private static final double NANOS_PER_SECOND = 1e9;

  private final BiConsumer<String, JsonObject> lines;
  private final long[] samples = new long[STEPS];
  private final long[] nanos = new long[STEPS];
  private final List<Pending> pending = new ArrayList<>();
  private int steps;

  Outcomes(BiConsumer<String, JsonObject> lines) {
    this.lines = lines;
  }

  private static final class Pending {
    private final Decision decision;
    private final OptionalDouble before;
    private int steps;
    private long samples;
    private long nanos;
    private int outOfMemoryErrors;
    private OptionalLong highestBytes = OptionalLong.empty();

    private Pending(Decision decision, OptionalDouble before) {
      this.decision = decision;
      this.before = before;
    }
  }

  void decided(Decision decision) {
    pending.stream().filter(p -> p.decision.knob() == decision.knob()).forEach(this::write);
    pending.removeIf(p -> p.decision.knob() == decision.knob());
    pending.add(new Pending(decision, rateBefore()));
  }

  void outOfMemory() {
    pending.forEach(p -> p.outOfMemoryErrors++);
  }

  void step(StepReport report) {
    long work = Math.max(1, report.nanos() - report.outsideNanos());
    for (Pending p : pending) {
      p.steps++;
      p.samples += report.samples();
      p.nanos += work;
      if (report.usedBytes().isPresent()) {
        long used = report.usedBytes().getAsLong();
        p.highestBytes = OptionalLong.of(Math.max(used, p.highestBytes.orElse(used)));
      }
    }
    pending.stream().filter(p -> p.steps == STEPS).forEach(this::write);
    pending.removeIf(p -> p.steps == STEPS);
    samples[steps % STEPS] = report.samples();
    nanos[steps % STEPS] = work;
    steps++;
  }

  /** The run is over. */
  void end() {
    pending.forEach(this::write);
    pending.clear();
  }

  private OptionalDouble rateBefore() {
    long allSamples = 0;
    long allNanos = 0;
    for (int i = 0; i < Math.min(steps, STEPS); i++) {
      allSamples += samples[i];
      allNanos += nanos[i];
    }
    return rate(allSamples, allNanos);
  }

  private static OptionalDouble rate(long samples, long nanos) {
    return nanos > 0
        ? OptionalDouble.of(samples * NANOS_PER_SECOND / nanos)
        : OptionalDouble.empty();
  }

  private void write(Pending p) {
    JsonObject fields = new JsonObject();
    fields.addProperty("step", p.decision.step());
    fields.addProperty("knob", p.decision.knob().name());
    fields.addProperty("to", p.decision.to());
    fields.addProperty("steps", p.steps);
    add(fields, "samplesPerSecondBefore", p.before);
    add(fields, "samplesPerSecondAfter", rate(p.samples, p.nanos));
    add(
        fields,
        "highestUsedBytes",
        p.highestBytes.isPresent()
            ? OptionalDouble.of((double) p.highestBytes.getAsLong())
            : OptionalDouble.empty());
    fields.addProperty("outOfMemoryErrors", p.outOfMemoryErrors);
    lines.accept("outcome", fields);
  }

  private static void add(JsonObject fields, String name, OptionalDouble value) {
    if (value.isPresent()) {
      fields.addProperty(name, value.getAsDouble());
    } else {
      fields.add(name, JsonNull.INSTANCE);
    }
  }
}
