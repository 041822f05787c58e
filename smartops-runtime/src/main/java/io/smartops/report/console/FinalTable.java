package io.smartops.report.console;

import io.smartops.report.history.Compute;
import io.smartops.report.history.RunSnapshot;
import io.smartops.report.history.Totals;
import io.smartops.report.history.Tuned;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** What came of a run, as lines of text. */
public final class FinalTable {
  private static final double PERCENT = 100;
  private static final double MEBI = 1 << 20;
  private static final double NANOS_PER_SECOND = 1e9;

  private FinalTable() {}

  /** The lines. */
  public static List<String> of(RunSnapshot run) {
    Totals totals = run.totals();
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(line("training", training(totals)));
    totals
        .peakBytes()
        .ifPresent(
            peak -> lines.add(line("memory", "most in use %,.0f MiB".formatted(peak / MEBI))));
    lines.add(line("out of memory", outOfMemory(totals)));
    lines.add(line("data", waiting(totals)));
    if (totals.skipped() > 0) {
      lines.add(line("skipped", "%,d steps with gradients not finite".formatted(totals.skipped())));
    }
    run.latest()
        .map(p -> run.compute().utilisation(totals.samplesPerSecond(), p.precision()))
        .orElse(OptionalDouble.empty())
        .ifPresent(mfu -> lines.add(line("MFU", mfu(mfu, run.compute()))));
    run.tuned().forEach(tuned -> lines.add(line(tuned.knob().label(), tuned(tuned))));
    return List.copyOf(lines);
  }

  private static String training(Totals totals) {
    return "%,d steps, %,d samples in %.1f s%s"
        .formatted(
            totals.steps(),
            totals.samples(),
            totals.workNanos() / NANOS_PER_SECOND,
            totals.samplesPerSecond().isPresent()
                ? ": %,.0f samples/s".formatted(totals.samplesPerSecond().getAsDouble())
                : "");
  }

  private static String outOfMemory(Totals totals) {
    return totals.survived() == 0 && totals.avoided() == 0
        ? "never"
        : "%,d survived, %,d foreseen".formatted(totals.survived(), totals.avoided());
  }

  private static String mfu(double share, Compute compute) {
    return "%.1f %% of the peak; %s".formatted(PERCENT * share, compute.source());
  }

  private static String waiting(Totals totals) {
    double share = totals.workNanos() > 0 ? (double) totals.waitNanos() / totals.workNanos() : 0;
    return "waited %.1f s for it, %.1f %% of the time"
        .formatted(totals.waitNanos() / NANOS_PER_SECOND, PERCENT * share);
  }

  private static String tuned(Tuned tuned) {
    String changes = tuned.changes() == 1 ? "1 change" : tuned.changes() + " changes";
    return "%s → %s in %s%s".formatted(tuned.from(), tuned.to(), changes, gain(tuned));
  }

  private static String gain(Tuned tuned) {
    OptionalDouble gain = tuned.gain();
    return gain.isPresent()
        ? ", %,.0f → %,.0f samples/s (%+.1f %%)"
            .formatted(
                tuned.before().getAsDouble(),
                tuned.after().getAsDouble(),
                PERCENT * gain.getAsDouble())
        : "";
  }

  /** One fact, aligned with the others. */
  public static String line(String name, String value) {
    return " %-16s %s".formatted(name, value);
  }
}
