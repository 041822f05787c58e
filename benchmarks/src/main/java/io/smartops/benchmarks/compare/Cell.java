package io.smartops.benchmarks.compare;

/**
 * One workload under one condition.
 *
 * @param load the workload
 * @param condition the condition
 */
record Cell(Load load, Condition condition) {
  int batchSize() {
    return load.batchSize(condition);
  }

  int steps() {
    return load.steps(condition);
  }

  boolean isMemoryLimited() {
    return condition == Condition.MEMORY_LIMITED;
  }
}
