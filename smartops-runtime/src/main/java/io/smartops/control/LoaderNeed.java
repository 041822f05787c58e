package io.smartops.control;

/**
 * How many workers and how much depth the loop needs, and how much of it may be had.
 *
 * <p>Law: {@code W} workers make {@code W / build} batches a second, so that the step is fed when
 * {@code W ≥ build / step}. What was once needed is forgotten slowly, so that the quiet part of a
 * bursty source does not undo what its bursts call for.
 */
final class LoaderNeed {
  /** Workers beyond the law's figure, as a factor: builds vary. */
  static final double HEADROOM = 1.5;

  /** What is kept, at each look, of needs once seen: half after 350 deliveries. */
  static final double NEED_MEMORY = 0.992;

  /** The most that workers are multiplied with at once, unless cores are known to be idle. */
  static final int MOST_GROWTH = 4;

  /** The same where builds hardly use the processor: they wait for something far away. */
  static final int MOST_GROWTH_FAR = 16;

  /** Builds that use less than this share of a core hardly use it. */
  static final double FAR_SHARE = 0.1;

  /** Builds that use this share of a core are bound by the processor. */
  static final double CPU_BOUND_SHARE = 0.5;

  /**
   * Where builds mostly wait, workers may want so many times the cores that there are: of just
   * enough of them, several often wait at once.
   */
  static final double MOST_CROWDING = 2;

  /** Builds that keep this many cores busy all the time are felt by the training thread. */
  static final double CORES_FELT = 0.2;

  /**
   * Workers a core, at most, for builds that use the processor, so that one which waits for its
   * turn leaves no core idle; and ready batches a worker.
   */
  static final int MOST_PER_CORE = 4;

  static final int MOST_DEPTH_PER_WORKER = 4;

  /** Fewer idle cores than this means that none is free. */
  static final double IDLE_CORES_LEAST = 0.3;

  private final LoaderLimits limits;
  private final LoaderWindow window;
  private final LoaderCeiling ceiling = new LoaderCeiling();
  private double needed;
  private double cpuShare;

  LoaderNeed(LoaderLimits limits, LoaderWindow window) {
    this.limits = limits;
    this.window = window;
  }

  /** Takes in what the window now shows. */
  void learn() {
    double now = HEADROOM * window.typicalBuildNanos() / Math.max(1, window.medianStepNanos());
    needed = Math.max(now, needed * NEED_MEMORY);
    // Where no core is free, builds show less than they want: they wait for the processor.
    double kept = window.hasFewerIdleCoresThan(IDLE_CORES_LEAST) ? 1 : NEED_MEMORY;
    cpuShare = Math.max(window.cpuShare(), cpuShare * kept);
  }

  LoaderCeiling ceiling() {
    return ceiling;
  }

  /** Workers by the law. */
  long workers() {
    return (long) Math.ceil(needed);
  }

  /** Whether builds want the processor and every core is in use. */
  boolean isCrowded() {
    return cpuShare > CPU_BOUND_SHARE && window.hasFewerIdleCoresThan(IDLE_CORES_LEAST);
  }

  /** Whether builds keep a good part of a core busy. */
  boolean takesCores() {
    return cpuShare * window.typicalBuildNanos() > CORES_FELT * window.medianStepNanos();
  }

  /** Whether a core is known to be free. */
  boolean hasFreeCore() {
    return window.hasIdleCores(IDLE_CORES_LEAST);
  }

  /** Whether builds hardly use the processor. */
  boolean isFar() {
    return cpuShare < FAR_SHARE;
  }

  /** Workers for builds so short that they are handed over by the dozen. */
  int workersForCheap() {
    long wanted = Math.min(workers(), (long) MOST_PER_CORE * limits.cores());
    return limits.clampWorkers(Math.max(1, Math.min(wanted, workersUnderCap())));
  }

  /** Depth for such builds. */
  int depthForCheap(int workers) {
    return limits.clampDepth(
        Math.max(1, Math.min((long) MOST_DEPTH_PER_WORKER * workers, depthUnderCap())));
  }

  /** The most depth that pays: where builds use the processor, more of them does not help. */
  int deepest(int workers) {
    return isFar() ? limits.clampDepth(depthUnderCap()) : depthForCheap(workers);
  }

  /** As many of the wanted workers, from {@code current} up, as may be had at once. */
  int allowed(int current, long wanted, long delivery) {
    boolean knownUseless = ceiling.forbids(current, wanted, window.medianBuildNanos(), delivery);
    return knownUseless || isCrowded() ? current : reachable(current, wanted);
  }

  /** The same where nothing speaks against more, as from none. */
  int reachable(int current, long wanted) {
    int growth = isFar() ? MOST_GROWTH_FAR : MOST_GROWTH;
    double crowding = cpuShare < CPU_BOUND_SHARE ? MOST_CROWDING : 1;
    long mostByCores =
        cpuShare > 0 ? Math.round(crowding * limits.cores() / cpuShare) : Long.MAX_VALUE;
    long target =
        Math.min(wanted, Math.max((long) growth * Math.max(current, baseWorkers()), idle(current)));
    target = Math.min(target, Math.min(Math.max(1, mostByCores), workersUnderCap()));
    return limits.clampWorkers(Math.max(target, current));
  }

  /** As many workers as the cores that are known to be idle can feed besides the present ones. */
  private long idle(int current) {
    return cpuShare > 0 ? current + (long) (window.idleCores() / cpuShare) : 0;
  }

  /** What growth is counted from where there are fewer: a worker for each of a few cores. */
  private int baseWorkers() {
    return Math.min(2, limits.cores());
  }

  /** Room for what runs and as much again ready. */
  int depthFor(int workers) {
    return limits.clampDepth(Math.min(Math.max(1, 2L * workers), depthUnderCap()));
  }

  /** More never fit at once; the engine keeps the cap exactly, batch by batch. */
  private long workersUnderCap() {
    return Math.max(1, limits.capBytes() / Math.max(1, window.largestBytes()));
  }

  /** Batches are smaller than the largest on average. */
  private long depthUnderCap() {
    return 2 * workersUnderCap();
  }
}
