package io.smartops.report.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The first marks of a run and the latest ones. Not thread-safe. */
final class Marks {
  /** How a run found its settings is told by its first decisions. */
  static final int FIRST = 200;

  static final int LATEST = 800;

  private final List<Mark> first = new ArrayList<>();
  private final Deque<Mark> latest = new ArrayDeque<>();
  private long left;

  void add(Mark mark) {
    if (first.size() < FIRST) {
      first.add(mark);
      return;
    }
    if (latest.size() == LATEST) {
      latest.removeFirst();
      left++;
    }
    latest.addLast(mark);
  }

  List<Mark> all() {
    List<Mark> all = new ArrayList<>(first);
    all.addAll(latest);
    return List.copyOf(all);
  }

  /** How many were left out between the first and the latest. */
  long leftOut() {
    return left;
  }
}
