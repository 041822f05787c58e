package io.smartops.benchmarks.compare;

/** What surrounds a run. */
enum Condition {
  /** Nothing: all of the machine's memory and time. */
  FREE("free"),
  /** A control group, as of a container, that ends half-way to what plain DJL needs. */
  MEMORY_LIMITED("memory-limited"),
  /** Each record comes from a store that answers after a while. */
  INPUT_BOUND("input-bound"),
  /** Another process takes a core, in bursts. */
  NOISY_NEIGHBOUR("noisy neighbour");

  private final String title;

  Condition(String title) {
    this.title = title;
  }

  /** For people. */
  String title() {
    return title;
  }
}
