package io.smartops.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the loader's workers and depth from what each delivery shows.
 *
 * <p>Law: {@code W} workers make {@code W / build} batches a second, so that the step is fed when
 * {@code W ≥ build / step}. Regimes:
 *
 * <ul>
 *   <li><b>starved</b>: the step waits. Workers rise towards the law's figure, at most fourfold at
 *       a time, and the rise is kept only if {@code W / build} rose too: a pipeline that is bound
 *       by the processor or by bandwidth answers more workers with longer builds. A queue that was
 *       full and still ran dry needs depth, not workers.
 *   <li><b>calm</b>: the queue stays full. Workers, then depth, shrink. A shrink that is soon
 *       regretted doubles the patience before the next.
 *   <li><b>cheap</b>: a build is so short that handing it over may cost more than it hides.
 *       Building on the training thread and building ahead are tried in turn and the faster is
 *       kept.
 *   <li><b>crowded</b>: builds are bound by the processor and no core is free. One libtorch thread
 *       less on the training thread is tried, and kept if the loop gets faster.
 * </ul>
 *
 * <p>Pure: the same observations give the same decisions. Not thread-safe.
 *
 * <p>Source: Little's law; slow start and undo after TCP congestion control.
 */
public final class LoaderController {
  /** Share of waiting above which the step counts as starved. */
  static final double STARVED_SHARE = 0.01;

  /** Workers beyond the law's figure, as a factor: builds vary. */
  static final double HEADROOM = 1.5;

  /** The least growth that is worth a change. */
  static final double LEAST_STEP = 1.1;

  /** Growth when the law is satisfied and the step waits all the same. */
  static final double STEP_BEYOND_LAW = 1.25;

  /** The most that workers are multiplied with at once. */
  static final int MOST_GROWTH = 4;

  /** The same where builds hardly use the processor: they wait for something far away. */
  static final int MOST_GROWTH_FAR = 16;

  /** Builds that use less than this share of a core hardly use it. */
  static final double FAR_SHARE = 0.1;

  /** Share of the ideal gain that a rise must bring to be kept. */
  static final double LEAST_EFFICIENCY = 0.1;

  /** The least gain in any case: below it is noise. */
  static final double LEAST_GAIN = 1.05;

  /** More workers cannot lose this much of the rate: the source itself has become slower. */
  static final double OTHER_REGIME = 0.6;

  /** Deliveries since the last change before anything is concluded. */
  static final int LEAST_DELIVERIES = 3;

  /** Builds under the new setting that are awaited before a rise is judged, at most. */
  static final int JUDGED_BUILDS = 6;

  /** A build below this is cheap. */
  static final long CHEAP_NANOS = 2_000_000;

  /** Deliveries from one comparison of cheap settings to the next; doubles each time. */
  static final int RETRIAL_DELIVERIES = 256;

  /** Turns of a comparison of cheap settings, and deliveries of a turn: within 30 batches. */
  static final int CHEAP_ROUNDS = 2;

  static final int CHEAP_DELIVERIES = 4;

  /** Least gain that makes building ahead worth its threads. */
  static final double CHEAP_GAIN = 1.03;

  /** Turns and deliveries of a comparison of libtorch's threads. */
  static final int CORES_ROUNDS = 3;

  static final int CORES_DELIVERIES = 8;

  /** Least gain that makes it worth rounding sums in another order. */
  static final double CORES_GAIN = 1.08;

  /** What is kept, at each delivery, of needs once seen: half after 350 deliveries. */
  static final double NEED_MEMORY = 0.998;

  /** Workers to begin with, at most, and no more than there are cores. */
  static final int FIRST_WORKERS = 4;

  /** Fewer idle cores than this means that none is free. */
  static final double IDLE_CORES_LEAST = 0.3;

  /** Builds that use this share of a core are bound by the processor. */
  static final double CPU_BOUND_SHARE = 0.5;

  private record Rise(LoaderPlan before, double rateBefore) {}

  private final LoaderLimits limits;
  private final LoaderWindow window = new LoaderWindow();
  private final LoaderCeiling ceiling = new LoaderCeiling();
  private final LoaderCalm calm = new LoaderCalm();
  private LoaderPlan plan;
  private @Nullable Rise rise;
  private @Nullable LoaderTrial trial;
  private Knob trialKnob = Knob.LOADER_WORKERS;
  private long delivery;
  private long nextTrialAt;
  private int retrialDeliveries = RETRIAL_DELIVERIES;
  private boolean cheap;
  private boolean wasCompared;
  private boolean coresTried;
  private double needed;
  private double cpuShare;
  private LoaderBottleneck bottleneck = LoaderBottleneck.UNKNOWN;

  /** Makes a controller that knows nothing yet. */
  public LoaderController(LoaderLimits limits) {
    this.limits = limits;
    int workers = firstWorkers();
    this.plan = new LoaderPlan(workers, depthFor(workers), limits.libtorchThreads());
  }

  /** The plan in force. */
  public LoaderPlan plan() {
    return plan;
  }

  /** Whether libtorch has been given fewer threads than it had. */
  public boolean sharesCores() {
    return plan.libtorchThreads() < limits.libtorchThreads();
  }

  /** What bounds the loop, from the latest deliveries. */
  public LoaderBottleneck bottleneck() {
    return bottleneck;
  }

  /** Takes one delivery and gives the changes of the plan that follow from it, mostly none. */
  public List<Decision> observe(LoaderObservation observation) {
    delivery++;
    if (observation.first()) {
      return List.of();
    }
    window.add(observation);
    bottleneck =
        window.waitShare() > STARVED_SHARE ? window.slowestStage() : LoaderBottleneck.CONSUMER;
    if (limits.isFixed()) {
      return List.of();
    }
    if (trial != null) {
      return followTrial(trial, observation);
    }
    if (window.size() < LEAST_DELIVERIES) {
      return List.of();
    }
    boolean isCheap = isCheap();
    if (plan.workers() == 0 && !isCheap && limits.maxWorkers() > 0) {
      return leaveConsumer();
    }
    if (isCheap && delivery >= nextTrialAt) {
      return startCheapTrial();
    }
    return plan.workers() == 0 ? List.of() : steer(observation);
  }

  private List<Decision> steer(LoaderObservation observation) {
    learnNeed();
    calm.count(observation, plan, STARVED_SHARE);
    if (rise != null) {
      return judge(rise);
    }
    if (window.builtUnder(plan.workers()) < 2) {
      return List.of();
    }
    if (window.waitShare() > STARVED_SHARE) {
      return feed();
    }
    return calm.isLong() ? shrink() : List.of();
  }

  private List<Decision> feed() {
    calm.starved(delivery);
    int byLaw = allowedWorkers((long) Math.ceil(needed));
    if (byLaw >= plan.workers() * LEAST_STEP) {
      return raise(byLaw);
    }
    int deeper = limits.clampDepth(Math.min(plan.depth() * 2L, depthUnderCap()));
    if (window.wasFull(plan) && deeper > plan.depth()) {
      return change(
          plan.withWorkers(plan.workers(), deeper),
          "the queue was full and still ran dry: batches vary in time");
    }
    int beyondLaw = allowedWorkers((long) Math.ceil(plan.workers() * STEP_BEYOND_LAW));
    return beyondLaw > plan.workers() ? raise(beyondLaw) : maybeShareCores();
  }

  private List<Decision> raise(int workers) {
    rise = new Rise(plan, rate());
    return change(
        plan.withWorkers(workers, Math.max(plan.depth(), depthFor(workers))), waitReason());
  }

  /** As many of the wanted workers as may be had at once. */
  private int allowedWorkers(long wanted) {
    boolean knownUseless =
        ceiling.forbidsMoreThan(plan.workers(), window.medianBuildNanos(), delivery);
    boolean noCoreFree =
        cpuShare > CPU_BOUND_SHARE && window.hasFewerIdleCoresThan(IDLE_CORES_LEAST);
    if (knownUseless || noCoreFree) {
      return plan.workers();
    }
    long mostByCores = cpuShare > 0 ? Math.round(limits.cores() / cpuShare) : Long.MAX_VALUE;
    int growth = cpuShare < FAR_SHARE ? MOST_GROWTH_FAR : MOST_GROWTH;
    long target = Math.min(wanted, (long) growth * plan.workers());
    target = Math.min(target, Math.min(mostByCores, workersUnderCap()));
    return limits.clampWorkers(Math.max(target, plan.workers()));
  }

  /** Batches a second that the workers make, by the law. */
  private double rate() {
    return 1e9 * plan.workers() / Math.max(1, window.quickBuildNanos(plan.workers()));
  }

  private List<Decision> judge(Rise tried) {
    if (window.builtUnder(plan.workers()) < Math.min(JUDGED_BUILDS, plan.workers())) {
      return List.of();
    }
    rise = null;
    double gain = rate() / tried.rateBefore();
    if (gain < OTHER_REGIME) {
      return List.of();
    }
    double growth = (double) plan.workers() / tried.before().workers();
    if (gain >= Math.max(LEAST_GAIN, 1 + LEAST_EFFICIENCY * (growth - 1))) {
      ceiling.forgetDelay();
      return List.of();
    }
    ceiling.set(tried.before().workers(), window.medianBuildNanos(), delivery);
    return change(
        tried.before(),
        "more workers did not make more batches (%.2f times as many)".formatted(gain));
  }

  private void learnNeed() {
    double now = HEADROOM * window.typicalBuildNanos() / Math.max(1, window.medianStepNanos());
    needed = Math.max(now, needed * NEED_MEMORY);
    // The highest of late: on a crowded machine a build that needs the processor only waits for it.
    cpuShare = Math.max(window.cpuShare(), cpuShare * NEED_MEMORY);
  }

  private List<Decision> shrink() {
    calm.shrunk(delivery);
    int fewer = limits.clampWorkers(Math.max(1, (long) Math.ceil(needed)));
    if (fewer <= plan.workers() * 3 / 4) {
      return change(
          plan.withWorkers(fewer, Math.min(plan.depth(), depthFor(fewer))),
          "the queue stayed full for %d batches".formatted(calm.patience()));
    }
    int shallower = limits.clampDepth(Math.max(plan.workers() + 2L, plan.depth() * 3L / 4));
    return shallower < plan.depth()
        ? change(
            plan.withWorkers(plan.workers(), shallower),
            "the queue stayed full for %d batches".formatted(calm.patience()))
        : List.of();
  }

  private boolean isCheap() {
    if (limits.minWorkers() < limits.maxWorkers()) {
      cheap = window.medianBuildNanos() < (cheap ? 2 * CHEAP_NANOS : CHEAP_NANOS);
    }
    return cheap;
  }

  private List<Decision> leaveConsumer() {
    nextTrialAt = delivery;
    int workers = firstWorkers();
    return change(
        plan.withWorkers(workers, depthFor(workers)),
        "a batch now takes %.2f ms to build".formatted(window.medianBuildNanos() / 1e6));
  }

  private List<Decision> startCheapTrial() {
    nextTrialAt = delivery + retrialDeliveries;
    retrialDeliveries *= 2;
    if (limits.minWorkers() > 0) {
      return List.of();
    }
    // Settings that were once found good are compared as they are.
    boolean known = wasCompared && plan.workers() > 0;
    wasCompared = true;
    LoaderPlan first = plan.withWorkers(firstWorkers(), depthFor(firstWorkers()));
    List<LoaderPlan> candidates = List.of(plan.withWorkers(0, depthFor(0)), known ? plan : first);
    rise = null;
    return start(
        new LoaderTrial(candidates, CHEAP_ROUNDS, CHEAP_DELIVERIES, CHEAP_GAIN),
        Knob.LOADER_WORKERS);
  }

  private int firstWorkers() {
    return limits.clampWorkers(Math.max(1, Math.min(FIRST_WORKERS, limits.cores())));
  }

  private List<Decision> maybeShareCores() {
    boolean crowded =
        window.cpuShare() > CPU_BOUND_SHARE
            && window.hasFewerIdleCoresThan(IDLE_CORES_LEAST)
            && !coresTried;
    if (!crowded || !limits.shareCores() || plan.libtorchThreads() < 2 || plan.workers() == 0) {
      return List.of();
    }
    coresTried = true;
    LoaderPlan fewer = plan.withLibtorchThreads(plan.libtorchThreads() - 1);
    return start(
        new LoaderTrial(List.of(plan, fewer), CORES_ROUNDS, CORES_DELIVERIES, CORES_GAIN),
        Knob.LIBTORCH_THREADS);
  }

  private List<Decision> start(LoaderTrial begun, Knob knob) {
    trial = begun;
    trialKnob = knob;
    return change(begun.current(), "settings are compared");
  }

  private List<Decision> followTrial(LoaderTrial running, LoaderObservation observation) {
    running.add(observation, countsInTrial(observation));
    if (!running.isOver()) {
      return change(running.current(), "settings are compared");
    }
    trial = null;
    LoaderPlan winner = running.winner();
    return change(
        winner,
        "it was the fastest of the settings compared, at %.3f ms a batch"
            .formatted(running.millisPerBatch(winner)));
  }

  private boolean countsInTrial(LoaderObservation o) {
    return o.workersAtStart() == plan.workers()
        && (trialKnob == Knob.LIBTORCH_THREADS || plan.workers() > 0 || o.builtByConsumer());
  }

  /** Room for what runs and as much again ready. */
  private int depthFor(int workers) {
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

  private String waitReason() {
    return "the step waits %.0f %% of its time for %s (%.2f ms a batch)"
        .formatted(100 * window.waitShare(), bottleneck.label(), window.medianBuildNanos() / 1e6);
  }

  private List<Decision> change(LoaderPlan next, String reason) {
    List<Decision> decisions = new ArrayList<>();
    note(decisions, Knob.LOADER_WORKERS, plan.workers(), next.workers(), reason);
    note(decisions, Knob.PREFETCH_DEPTH, plan.depth(), next.depth(), reason);
    note(decisions, Knob.LIBTORCH_THREADS, plan.libtorchThreads(), next.libtorchThreads(), reason);
    if (!decisions.isEmpty()) {
      plan = next;
      window.clear();
      calm.restart();
    }
    return decisions;
  }

  private void note(List<Decision> decisions, Knob knob, int from, int to, String reason) {
    if (from != to) {
      decisions.add(
          new Decision(
              delivery, knob, Integer.toString(from), Integer.toString(to), reason, figures()));
    }
  }

  private Map<String, Double> figures() {
    Map<String, Double> figures = new TreeMap<>();
    figures.put("waitShare", window.waitShare());
    figures.put("buildMillis", window.medianBuildNanos() / 1e6);
    figures.put("stepMillis", window.medianStepNanos() / 1e6);
    figures.put("busyCoresPerWorker", window.cpuShare());
    figures.put("batchBytes", (double) window.largestBytes());
    return figures;
  }
}
