package io.smartops.djl;

import io.smartops.SmartLoaderStats;
import io.smartops.control.Decision;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderPlan;
import io.smartops.control.tape.Tape;
import io.smartops.prefetch.PrefetchStatus;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is known of one dataset over all its passes. Thread-safe. */
final class LoaderMemory {
  /** Decisions that are kept. */
  private static final int MOST_DECISIONS = 1_000;

  private final LoaderController controller;
  private final Tape tape;
  private final long capBytes;
  private final Set<LoaderPass> live = new HashSet<>();
  private final ArrayDeque<Decision> decisions = new ArrayDeque<>();
  private long batches;
  private long peakBytes;
  private long preempted;
  private long oversized;
  private long skipped;
  private long savedBytes;

  LoaderMemory(LoaderController controller, Tape tape, long capBytes) {
    this.controller = controller;
    this.tape = tape;
    this.capBytes = capBytes;
  }

  LoaderController controller() {
    return controller;
  }

  /** Takes down what the controller is told. */
  Tape tape() {
    return tape;
  }

  synchronized void begin(LoaderPass pass) {
    live.add(pass);
  }

  synchronized void end(LoaderPass pass) {
    if (live.remove(pass)) {
      add(pass);
    }
  }

  /** Counts a delivered batch, and gives the count. */
  synchronized long delivered() {
    return ++batches;
  }

  synchronized void note(Decision decision) {
    if (decisions.size() == MOST_DECISIONS) {
      decisions.removeFirst();
    }
    decisions.addLast(decision);
  }

  private void add(LoaderPass pass) {
    PrefetchStatus status = pass.gear().engine().status();
    peakBytes = Math.max(peakBytes, status.peakBytes());
    preempted += status.preempted();
    oversized += status.oversized();
    skipped += pass.gear().skips().count();
    savedBytes += pass.gear().transfer().savedBytes();
  }

  synchronized SmartLoaderStats stats() {
    LoaderMemory sum = new LoaderMemory(controller, tape, capBytes);
    sum.peakBytes = peakBytes;
    sum.preempted = preempted;
    sum.oversized = oversized;
    sum.skipped = skipped;
    sum.savedBytes = savedBytes;
    live.forEach(sum::add);
    LoaderPlan plan;
    String bottleneck;
    synchronized (controller) {
      plan = controller.plan();
      bottleneck = controller.bottleneck().label();
    }
    return new SmartLoaderStats(
        batches,
        plan.workers(),
        plan.depth(),
        bottleneck,
        sum.peakBytes,
        capBytes,
        sum.preempted,
        sum.oversized,
        sum.skipped,
        sum.savedBytes,
        List.copyOf(decisions));
  }
}
