package io.smartops.control;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the loader's workers and depth from what each delivery shows.
 *
 * <p>Law: {@link LoaderNeed}. Regimes:
 *
 * <ul>
 *   <li><b>at home</b>: the training thread builds its batches itself, as at the beginning, while
 *       that takes a negligible share of its time. Data in memory mostly stay here.
 *   <li><b>starved</b>: the step waits. Workers rise towards the law's figure, and the rise is kept
 *       only if {@code W / build} rose too: a pipeline that is bound by the processor or by
 *       bandwidth answers more workers with longer builds. A queue that was full and still ran dry
 *       needs depth, not workers.
 *   <li><b>calm</b>: the queue stays full. Workers, then depth, shrink, down to home. A shrink that
 *       is soon regretted doubles the patience before the next.
 *   <li><b>cheap</b>: a build is short. It moves from home only if a core is free: libtorch's own
 *       threads may use them all. If the loop does little else, handing batches over may cost more
 *       than it hides, and building at home and ahead are compared in turns.
 *   <li><b>crowded</b>: builds are bound by the processor and no core is free. Libtorch's threads
 *       then spin while workers hold their cores. One libtorch thread less on the training thread
 *       is compared, and kept if the loop gets faster.
 * </ul>
 *
 * <p>What is only tried is not told: a decision is a change that was found good, and at rest there
 * is at most one in {@value #REST_DELIVERIES} deliveries.
 *
 * <p>Pure: the same observations give the same decisions. Not thread-safe.
 *
 * <p>Source: Little's law; slow start and undo after TCP congestion control.
 */
public final class LoaderController {
  /** Share of waiting above which the step counts as starved. */
  static final double STARVED_SHARE = 0.01;

  /** Mean waiting below which it does not: a hand-over takes as long, and nothing helps. */
  static final long LEAST_WAIT_NANOS = 10_000;

  /** Share of the training thread's time that its own builds may take without more ado. */
  static final double NEGLIGIBLE_SHARE = 0.02;

  /** From this share on nothing more need be seen before builds are moved to workers. */
  static final double OBVIOUS_SHARE = 0.5;

  /** A build below this is cheap. */
  static final long CHEAP_NANOS = 2_000_000;

  /** A first build that waits so long waits for its data. */
  static final long LONG_WAIT_NANOS = 20_000_000;

  /** A first build that takes so long is not one of data in memory, even while classes load. */
  static final long LONG_BUILD_NANOS = 200_000_000;

  /** Workers after a first build that took long, until more is known. */
  static final int FIRST_WORKERS = 8;

  /** A cheap build that takes more than this share of the loop may cost more to hand over. */
  static final double MOSTLY = 0.5;

  /** The least growth that is worth a change. */
  static final double LEAST_STEP = 1.1;

  /** Growth when the law is satisfied and the step waits all the same. */
  static final double STEP_BEYOND_LAW = 1.25;

  /** Deliveries since the last change before anything is concluded. */
  static final int LEAST_DELIVERIES = 3;

  /** A full window is looked at once in so much of the loop's time: a look costs a microsecond. */
  static final long LOOK_NANOS = 2_000_000;

  /** Deliveries before libtorch's threads are compared: a precision is chosen before. */
  static final int CORES_AFTER = 40;

  /** Looks at long builds in a crowded home, in a row, before places are compared. */
  static final int CROWDED_LOOKS = 40;

  /** Deliveries from one change to the next for which nothing in the loop's own figures calls. */
  static final int REST_DELIVERIES = 100;

  private final LoaderLimits limits;
  private final LoaderWindow window = new LoaderWindow();
  private final LoaderNeed need;
  private final LoaderCalm calm = new LoaderCalm();
  private final LoaderTrials trials = new LoaderTrials();
  private final LoaderPlans plans;
  private LoaderPlan plan;
  private @Nullable LoaderRise rise;
  private @Nullable LoaderTrial trial;
  private long delivery;
  private long unseenNanos;
  private int crowdedLooks;
  private LoaderBottleneck bottleneck = LoaderBottleneck.UNKNOWN;

  /** Makes a controller that knows nothing yet. */
  public LoaderController(LoaderLimits limits) {
    this.limits = limits;
    this.need = new LoaderNeed(limits, window);
    int workers = limits.clampWorkers(0);
    this.plan = new LoaderPlan(workers, depthFor(workers), limits.libtorchThreads());
    this.plans = new LoaderPlans(plan);
  }

  /** The plan in force, which may be one that is only tried. */
  public LoaderPlan plan() {
    return plan;
  }

  /** Whether libtorch has been given fewer threads than it had. */
  public boolean sharesCores() {
    return plan.libtorchThreads() < limits.libtorchThreads();
  }

  /** Whether the plan in force is only tried. */
  public boolean isTrying() {
    return trial != null || rise != null;
  }

  /** What bounds the loop, from the latest deliveries. */
  public LoaderBottleneck bottleneck() {
    return bottleneck;
  }

  /** Takes one delivery and gives the changes that were found good by it, mostly none. */
  public List<Decision> observe(LoaderObservation observation) {
    delivery++;
    if (observation.first()) {
      startEarly(observation);
      return List.of();
    }
    window.add(observation);
    if (trial != null) {
      return follow(trial, observation);
    }
    calm.count(observation, plan, STARVED_SHARE);
    unseenNanos += observation.periodNanos();
    if (window.isFilled() && unseenNanos < LOOK_NANOS) {
      return List.of();
    }
    unseenNanos = 0;
    return look();
  }

  /**
   * The first batch of all took long: a few workers begin at once where that costs nothing, since
   * they would only wait for data that are far away, or since cores are known to be idle. How many
   * pay is seen later.
   */
  private void startEarly(LoaderObservation o) {
    if (delivery > 1 || plan.workers() > 0 || limits.isFixed() || !isSurelyLong(o.build())) {
      return;
    }
    window.add(o);
    boolean far = window.cpuShare() < LoaderNeed.FAR_SHARE;
    int free = far ? FIRST_WORKERS : (int) Math.min(FIRST_WORKERS, window.idleCores());
    int workers = need.reachable(0, free);
    if (workers > 0) {
      bottleneck = window.slowestStage();
      rise(plan.withWorkers(workers, depthFor(workers)));
    }
  }

  /** Whether a first build takes longer than what a program does once can explain. */
  private static boolean isSurelyLong(LoaderBuildTimes build) {
    long cpuNanos = build.cpuNanos().orElse(build.wallNanos());
    return build.wallNanos() - cpuNanos >= LONG_WAIT_NANOS || build.wallNanos() >= LONG_BUILD_NANOS;
  }

  private List<Decision> look() {
    if (window.builtUnder(plan.workers()) > 1 || isObvious()) {
      bottleneck =
          window.waitShare() > STARVED_SHARE ? window.slowestStage() : LoaderBottleneck.CONSUMER;
    }
    if (limits.isFixed() || (window.size() < LEAST_DELIVERIES && !isObvious())) {
      return List.of();
    }
    need.learn();
    return plan.workers() == 0 ? atHome() : ahead();
  }

  /** Whether most of the training thread's time goes into builds: one more is a step lost. */
  private boolean isObvious() {
    return plan.workers() == 0 && window.buildShare() > OBVIOUS_SHARE;
  }

  private List<Decision> atHome() {
    if (window.buildShare() < NEGLIGIBLE_SHARE || limits.maxWorkers() == 0) {
      return List.of();
    }
    // Where no core is free, libtorch's threads or the compiler's hold up even a long build; if it
    // stays long, it still leaves cores idle that are not counted as such while threads spin.
    if (need.isCrowded()) {
      crowdedLooks = isCheap() ? 0 : crowdedLooks + 1;
      return crowdedLooks < CROWDED_LOOKS
          ? List.of()
          : start(trials.ofCrowdedHome(plan, aheadByLaw(), delivery));
    }
    // A short build is easily taken for a long one when a program starts: wait for a sure median.
    if (isCheap() && !(window.isFilled() && need.hasFreeCore())) {
      return List.of();
    }
    if (isMostlyHandOver()) {
      return start(trials.ofPlaces(plan, aheadForCheap(), delivery));
    }
    rise(aheadByLaw());
    return List.of();
  }

  private LoaderPlan aheadByLaw() {
    int workers = need.reachable(0, need.workers());
    return plan.withWorkers(workers, depthFor(workers));
  }

  private LoaderPlan aheadForCheap() {
    int workers = need.workersForCheap();
    return plan.withWorkers(workers, need.depthForCheap(workers));
  }

  private List<Decision> ahead() {
    if (rise != null) {
      return judge(rise);
    }
    if (window.builtUnder(plan.workers()) < 2) {
      return List.of();
    }
    if (isWorthSharingCores()) {
      return start(trials.ofCores(plan));
    }
    if (isStarved()) {
      return feed();
    }
    return calm.isLong() ? shrink() : List.of();
  }

  private boolean isStarved() {
    return window.waitShare() > STARVED_SHARE && window.meanWaitNanos() > LEAST_WAIT_NANOS;
  }

  private boolean isCheap() {
    return window.medianBuildNanos() < CHEAP_NANOS;
  }

  /** Whether handing a batch over may cost more than it hides. */
  private boolean isMostlyHandOver() {
    return isCheap() && window.buildShare() > MOSTLY;
  }

  private List<Decision> feed() {
    calm.starved(delivery);
    if (isMostlyHandOver() && !need.isFar() && limits.minWorkers() == 0) {
      return start(trials.ofPlaces(plan, plan.withWorkers(0, depthFor(0)), delivery));
    }
    int byLaw = need.allowed(plan.workers(), need.workers(), delivery);
    if (byLaw >= plan.workers() * LEAST_STEP) {
      return raiseTo(byLaw);
    }
    int deeper = Math.min(plan.depth() * 2, need.deepest(plan.workers()));
    if (window.wasFull(plan) && deeper > plan.depth()) {
      return change(
          plan.withWorkers(plan.workers(), deeper),
          why("the queue was full and still ran dry: batches vary in time"));
    }
    return isAtRest() ? List.of() : goBeyondLaw();
  }

  private boolean isAtRest() {
    return delivery > REST_DELIVERIES && plans.sinceChange(delivery) < REST_DELIVERIES;
  }

  private List<Decision> goBeyondLaw() {
    long wanted = (long) Math.ceil(plan.workers() * STEP_BEYOND_LAW);
    int more = need.allowed(plan.workers(), wanted, delivery);
    return more > plan.workers() ? raiseTo(more) : List.of();
  }

  private boolean isWorthSharingCores() {
    return limits.shareCores()
        && plan.libtorchThreads() > 1
        && delivery > CORES_AFTER
        && need.isCrowded()
        && !isCheap()
        && need.takesCores()
        && trials.mayCompareCores(delivery);
  }

  private List<Decision> raiseTo(int workers) {
    rise(plan.withWorkers(workers, Math.max(plan.depth(), depthFor(workers))));
    return List.of();
  }

  private void rise(LoaderPlan more) {
    rise = LoaderRise.from(plan, window, why(waitReason()));
    move(more);
  }

  private List<Decision> judge(LoaderRise tried) {
    if (!tried.canBeJudged(plan, window)) {
      extend(tried);
      return List.of();
    }
    rise = null;
    int before = tried.before().workers();
    int useful = limits.clampWorkers(tried.usefulWorkers(plan, window));
    if (useful == plan.workers()) {
      need.ceiling().forgetDelay();
    } else {
      need.ceiling().set(useful, plan.workers(), delivery);
      move(useful == before ? tried.before() : plan.withWorkers(useful, depthFor(useful)));
    }
    return useful == before ? List.of() : tell(tried.why());
  }

  /** The step has become faster before the rise could be judged: the same rise goes further. */
  private void extend(LoaderRise tried) {
    int before = tried.before().workers();
    int more = need.allowed(plan.workers(), need.reachable(before, need.workers()), delivery);
    if (more >= plan.workers() * STEP_BEYOND_LAW) {
      move(plan.withWorkers(more, Math.max(plan.depth(), depthFor(more))));
    }
  }

  private List<Decision> shrink() {
    LoaderWhy why = why("the queue stayed full for %d batches".formatted(calm.patience()));
    calm.shrunk(delivery);
    int fewer = limits.clampWorkers(Math.max(1, need.workers()));
    if (fewer <= plan.workers() * 3 / 4) {
      return change(plan.withWorkers(fewer, Math.min(plan.depth(), depthFor(fewer))), why);
    }
    int shallower = limits.clampDepth(Math.max(plan.workers() + 2L, plan.depth() * 3L / 4));
    if (shallower < plan.depth()) {
      return change(plan.withWorkers(plan.workers(), shallower), why);
    }
    boolean needless = window.buildShare() < NEGLIGIBLE_SHARE / 2 && limits.minWorkers() == 0;
    return needless ? change(plan.withWorkers(0, depthFor(0)), why(buildReason())) : List.of();
  }

  private List<Decision> start(Optional<LoaderTrial> begun) {
    begun.ifPresent(
        t -> {
          trial = t;
          move(t.current());
        });
    return List.of();
  }

  private List<Decision> follow(LoaderTrial running, LoaderObservation observation) {
    running.add(observation, isSettled(observation));
    if (!running.isOver()) {
      move(running.current());
      return List.of();
    }
    trial = null;
    LoaderWhy why =
        why("compared in turns, the loop then ran %.2f times as fast".formatted(running.gain()));
    move(running.winner());
    trials.compared(running, delivery);
    return tell(why);
  }

  /** Whether a delivery was built under the plan in force. */
  private boolean isSettled(LoaderObservation o) {
    return o.workersAtStart() == plan.workers() && (plan.workers() > 0 || o.builtByConsumer());
  }

  private int depthFor(int workers) {
    return workers == 0 ? limits.clampDepth(1) : need.depthFor(workers);
  }

  private String waitReason() {
    return "the step waits %.0f %% of its time for %s (%.2f ms a batch)"
        .formatted(100 * window.waitShare(), bottleneck.label(), window.medianBuildNanos() / 1e6);
  }

  private String buildReason() {
    return "a batch takes %.2f ms to build, %.1f %% of the loop's time on the training thread"
        .formatted(window.medianBuildNanos() / 1e6, 100 * window.buildShare());
  }

  private List<Decision> change(LoaderPlan next, LoaderWhy why) {
    move(next);
    return tell(why);
  }

  /** Puts a plan in force. */
  private void move(LoaderPlan next) {
    if (!next.equals(plan)) {
      plan = next;
      window.clear();
      calm.restart();
    }
  }

  private List<Decision> tell(LoaderWhy why) {
    return plans.tell(plan, delivery, why);
  }

  private LoaderWhy why(String words) {
    return LoaderWhy.of(window, words);
  }
}
