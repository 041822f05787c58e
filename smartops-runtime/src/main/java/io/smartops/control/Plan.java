package io.smartops.control;

import java.util.List;
import java.util.Map;

/**
 * The cap in force, what it means for the logical batch at hand, and the decision that each change
 * of it makes.
 *
 * <p>A change that leaves the micro-batch of the logical batch as it was is no decision. Steps of
 * slow start are taken without one: the decision that ends it tells the whole way.
 *
 * <p>Not thread-safe.
 */
final class Plan {
  private final Knob knob;
  private final Partition partition;
  private long step;
  private int logicalSize;
  private int cap;
  private int announcedCap;

  Plan(Knob knob, Partition partition) {
    this.knob = knob;
    this.partition = partition;
    cap = partition.limits().max();
    announcedCap = cap;
  }

  /** One that goes on from here by itself. */
  Plan copy() {
    Plan copy = new Plan(knob, partition);
    copy.step = step;
    copy.logicalSize = logicalSize;
    copy.cap = cap;
    copy.announcedCap = announcedCap;
    return copy;
  }

  Knob knob() {
    return knob;
  }

  void newBatch(long step, int logicalSize) {
    this.step = step;
    this.logicalSize = logicalSize;
  }

  long step() {
    return step;
  }

  /** Samples of the logical batch at hand; 0 before the first. */
  int logicalSize() {
    return logicalSize;
  }

  int cap() {
    return cap;
  }

  /** Number of micro-batches of the logical batch under {@code someCap}. */
  int parts(int someCap) {
    return partition.parts(Math.max(1, logicalSize), someCap);
  }

  /** The largest micro-batch of the logical batch under {@code someCap}. */
  int microBatch(int someCap) {
    return partition.largest(Math.max(1, logicalSize), someCap);
  }

  /** Changes the cap within slow start. */
  void advance(int newCap) {
    cap = newCap;
  }

  /** Changes the cap. */
  List<Decision> change(int newCap, String reason, Map<String, Double> figures) {
    int from = microBatch(announcedCap);
    int to = microBatch(newCap);
    cap = newCap;
    announcedCap = newCap;
    return from == to
        ? List.of()
        : List.of(
            new Decision(
                step, knob, Integer.toString(from), Integer.toString(to), reason, figures));
  }
}
