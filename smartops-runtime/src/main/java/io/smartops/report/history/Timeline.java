package io.smartops.report.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A series of any length in bounded memory: when it is full, neighbours are merged two by two, and
 * from then on each point takes twice as many values.
 *
 * <p>With capacity c, the points of a series of n values number c/2 to c once n ≥ c, each of them
 * merged from the same power of two of values but for the last, which is still growing. A value
 * costs one merge, and one more, amortised, for halving.
 *
 * <p>Not thread-safe.
 *
 * @param <T> an immutable point
 */
final class Timeline<T> {
  private final int capacity;
  private final BinaryOperator<T> merge;
  private List<T> closed = new ArrayList<>();
  private @Nullable T open;
  private int valuesInOpen;
  private int valuesPerPoint = 1;
  private int generation;

  /**
   * An empty series.
   *
   * @param capacity most points that are kept, an even number
   * @param merge makes one point of two neighbours, the earlier one first
   */
  Timeline(int capacity, BinaryOperator<T> merge) {
    this.capacity = capacity;
    this.merge = merge;
  }

  void add(T value) {
    T now = open;
    open = now == null ? value : merge.apply(now, value);
    valuesInOpen++;
    if (valuesInOpen == valuesPerPoint) {
      closed.add(open);
      open = null;
      valuesInOpen = 0;
      halveIfFull();
    }
  }

  private void halveIfFull() {
    if (closed.size() < capacity) {
      return;
    }
    List<T> halved = new ArrayList<>(capacity);
    for (int i = 0; i + 1 < closed.size(); i += 2) {
      halved.add(merge.apply(closed.get(i), closed.get(i + 1)));
    }
    closed = halved;
    valuesPerPoint *= 2;
    generation++;
  }

  /** All points, oldest first; the last one may still be growing. */
  List<T> points() {
    List<T> all = new ArrayList<>(closed);
    if (open != null) {
      all.add(open);
    }
    return List.copyOf(all);
  }

  /** Points that will not change until the next halving. */
  int closedPoints() {
    return closed.size();
  }

  /** Changes whenever earlier points were merged: who has read them must read all of them anew. */
  int generation() {
    return generation;
  }

  Optional<T> latest() {
    return open != null
        ? Optional.of(open)
        : closed.isEmpty() ? Optional.empty() : Optional.of(closed.get(closed.size() - 1));
  }
}
