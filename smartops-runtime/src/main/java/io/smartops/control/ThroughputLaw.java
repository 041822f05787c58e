package io.smartops.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the fastest micro-batch of those that memory allows.
 *
 * <p>Formula: a size is as good as its time per sample, time(m) / m. Small sizes pay for launching
 * and leave the device half empty; large ones fall out of its caches. Neither is modelled: times
 * are compared, of sizes that take turns within one logical batch, so that whatever changes slowly
 * (clocks, temperature, a neighbour) meets both.
 *
 * <p>Regimes:
 *
 * <ul>
 *   <li><em>waiting</em>: the first {@link #FIRST_BATCHES} logical batches, and whenever memory is
 *       still being learnt, run as memory allows;
 *   <li><em>searching</em>: a {@link SizeSweep} over the whole range finds the neighbourhood, and
 *       {@link SizeTrial}s settle whether it is gone to;
 *   <li><em>resting</em>: the size stays for {@link #REST_BATCHES} logical batches, twice as many
 *       after each look that changed nothing or took the latest change back, and as many as {@link
 *       #REST_PER_COST} asks for, up to {@link #LONGEST_REST_BATCHES}. Then both neighbours are
 *       tried, and at most one change is made. A lasting change of the time per sample by {@link
 *       #OTHER_REGIME} ends the rest, but not within {@link #REST_BATCHES} of the latest search,
 *       nor, as long as such changes turn out to mean nothing, within twice as many each time.
 * </ul>
 *
 * <p>A model that needs several samples at once (BatchNorm) computes something else in smaller
 * micro-batches, and is left alone. A batch that fits in one piece is split only for a gain of
 * {@link SizeSearch#SPLIT_GAIN}, since that rounds sums in another order, and is made whole again
 * once splitting does not gain; where memory splits it later, the best of the sweep is what it is
 * split into. Where memory comes to allow {@link #OTHER_RANGE} times what was compared, the best of
 * that runs on until a sweep has covered the rest. Logical batches below {@link
 * #LEAST_LOGICAL_SIZE} samples are left alone. No search begins with a batch that is smaller than
 * the one before: the last of a pass comes too seldom.
 *
 * <p>Source: a coarse search over the range, then hill climbing by paired comparison.
 * Deterministic. Not thread-safe.
 */
final class ThroughputLaw {

  /** Logical batches before the first comparison: the engine and the JVM warm up. */
  static final int FIRST_BATCHES = 10;

  /** Logical batches of fewer samples are not worth it. */
  static final int LEAST_LOGICAL_SIZE = 32;

  /** Changes in a row in a search that began with a sweep: it was wrong by so much at most. */
  static final int MOST_MOVES = 4;

  /** Logical batches at rest before neighbours are tried again. */
  static final int REST_BATCHES = 100;

  /** The rest does not double beyond this. */
  static final int LONGEST_REST_BATCHES = 3200;

  /**
   * The rest after a search that changed nothing is at least so many times what that cost: where
   * memory is tight, sizes that take turns fault their pages in each time, which takes a third of a
   * batch.
   */
  static final int REST_PER_COST = 50;

  /** Logical batches before comparing goes on after memory ran out, became tight or allows more. */
  static final int AFTER_FAILURE_BATCHES = 10;

  /**
   * So many times as many after each further search that memory ended, once one has got through:
   * sizes that take turns need more memory than one, so that where it is tight each search would be
   * given up, at the cost of several slow batches.
   */
  static final int AFTER_FAILURE_GROWTH = 4;

  /** Logical batches after which a search is given up: what runs is not what it asks for. */
  static final int LONGEST_SEARCH_BATCHES = 100;

  /** Lasting change of ln(time per sample) that means other circumstances. */
  static final double OTHER_REGIME = 0.15;

  /**
   * Micro-batches over which the time per sample is averaged at rest. What it is compared with is
   * the average of the first ones: a single one is slow by half where memory was just given back.
   */
  static final int LEVEL_MICRO_BATCHES = 64;

  /** Memory allows so many times what was compared so far: it is worth another sweep. */
  static final double OTHER_RANGE = 1.5;

  /** From so many times on, launching less often is worth more than any cache. */
  static final double FAR_RANGE = 4;

  private final Knob knob;
  private final Partition partition;
  private final boolean splitsWhole;
  private final BatchLayout layout = new BatchLayout();

  private int preferred = Integer.MAX_VALUE;
  private int bestSplit = Integer.MAX_VALUE;
  private int leftBefore;
  private @Nullable SizeSearch search;
  private int sweptTo;
  private boolean changed;
  private boolean searched;
  private boolean off;
  private long searchingSince;
  private long searchedUntil;
  private long searchNanos;
  private long searchSamples;

  private long batch;
  private long dueAt = FIRST_BATCHES;
  private long otherRangeFrom = FIRST_BATCHES;
  private int rest = REST_BATCHES;
  private int failureRest = AFTER_FAILURE_BATCHES;
  private long elsewhereFrom = FIRST_BATCHES;
  private int elsewhereRest = REST_BATCHES;
  private boolean cameElsewhere;
  private double level;
  private double reference;
  private int watched;

  private long step;
  private int logicalSize;
  private int sizeBefore;
  private int largest;
  private int present;
  private boolean mayCompare;

  /**
   * @param knob what the decisions are about
   * @param partition cuts logical batches
   * @param splitsWhole whether a batch that fits in one piece may be split to gain speed
   */
  ThroughputLaw(Knob knob, Partition partition, boolean splitsWhole) {
    this.knob = knob;
    this.partition = partition;
    this.splitsWhole = splitsWhole;
  }

  /**
   * The size that was fastest where the same work is done in another way: it is run, until one is
   * found here. Without effect once one was looked for.
   */
  void startWith(int size) {
    if (sweptTo == 0 && !searched && !off) {
      preferred = size;
    }
  }

  /** One under the same rules that knows nothing. */
  ThroughputLaw anew() {
    ThroughputLaw law = new ThroughputLaw(knob, partition, splitsWhole);
    law.off = off;
    return law;
  }

  /**
   * A logical batch starts.
   *
   * @param newStep logical step, counted from 1
   * @param size samples of the logical batch
   * @param memoryCap the most samples that memory allows in a micro-batch
   * @param mayTry whether memory is settled and no other knob is being tried
   */
  void begin(long newStep, int size, int memoryCap, boolean mayTry) {
    if (newStep != step || size != logicalSize) { // else the same batch begins again
      sizeBefore = logicalSize;
    }
    step = newStep;
    logicalSize = size;
    largest = partition.largest(size, memoryCap);
    batch++;
    layout.clear();
    if (search == null && isWorthwhile() && hasOtherRange()) {
      stay();
    }
    present = partition.largest(size, Math.min(memoryCap, cap(memoryCap)));
    mayCompare = mayTry && isWorthwhile();
    if (mayCompare) {
      follow();
    }
  }

  /** Whether there is anything to gain in the logical batch at hand. */
  boolean isWorthwhile() {
    return !off
        && partition.needed() == 1
        && !partition.limits().isFixed()
        && logicalSize >= LEAST_LOGICAL_SIZE
        && (splitsWhole || largest < logicalSize);
  }

  private void follow() {
    if (search != null && search.isFor(logicalSize) && search.largest() != largest) {
      pause();
    }
    if (search != null && batch - searchingSince > LONGEST_SEARCH_BATCHES) {
      end();
    }
    if (search == null && isDue() && logicalSize >= sizeBefore) {
      search = newSearch();
      searchingSince = batch;
      searchNanos = 0;
      searchSamples = 0;
    }
    if (search != null && search.isFor(logicalSize)) {
      layout.start(search.experiment().layout(), logicalSize, partition.least());
    }
  }

  private boolean isDue() {
    return (batch >= dueAt && batch - searchedUntil >= restForCost())
        || (batch >= elsewhereFrom && isElsewhere());
  }

  /** The rest that the latest search calls for by what it took beyond batches at rest. */
  private double restForCost() {
    if (changed || watched < LEVEL_MICRO_BATCHES) {
      return 0;
    }
    double samples = (double) searchNanos / Math.exp(level) - (double) searchSamples;
    return Math.min(LONGEST_REST_BATCHES, REST_PER_COST * samples / logicalSize);
  }

  private boolean isElsewhere() {
    return watched == LEVEL_MICRO_BATCHES && Math.abs(level - reference) > OTHER_REGIME;
  }

  /** Whether all that memory allowed was best, and it allows much more now. */
  private boolean hasOtherRange() {
    return sweptTo > 0 && preferred == Integer.MAX_VALUE && largest >= OTHER_RANGE * sweptTo;
  }

  /**
   * What was best of all sizes that were compared runs on, unless that is far from what memory
   * allows, until a search has covered the others, too.
   */
  private void stay() {
    preferred = largest < FAR_RANGE * sweptTo ? sweptTo : Integer.MAX_VALUE;
    sweptTo = 0;
    dueAt = Math.max(batch, otherRangeFrom);
    searchNanos = 0; // what the latest search has cost says nothing of one over another range
    searchSamples = 0;
  }

  private @Nullable SizeSearch newSearch() {
    cameElsewhere = isElsewhere();
    boolean isNews = cameElsewhere && elsewhereRest == REST_BATCHES;
    boolean sweeps = sweptTo == 0 || isNews;
    watched = 0;
    changed = false;
    int moves = sweeps || cameElsewhere ? MOST_MOVES : 1;
    SizeSearch begun = new SizeSearch(partition, logicalSize, largest, present, moves);
    begun = sweeps ? begun.startWithSweep() : begun.startWithNeighbours();
    if (begun.isOver()) {
      restFor(REST_BATCHES);
      return null;
    }
    sweptTo = sweeps ? largest : sweptTo;
    return begun;
  }

  /** Size of the next micro-batch as far as speed is concerned: 1 to {@code remaining}. */
  int next(int remaining, int memoryCap) {
    int wanted = layout.next(remaining);
    return wanted > 0 && wanted <= largest
        ? wanted
        : partition.largest(remaining, Math.min(memoryCap, cap(memoryCap)));
  }

  /** A micro-batch of {@code size} samples took {@code nanos}. */
  void done(int size, long nanos) {
    if (search != null) {
      searchNanos += nanos;
      searchSamples += size;
    }
    if (layout.isIntact()) {
      if (layout.ran(size) && search != null) {
        search.experiment().add(size, nanos);
      }
    } else if (search == null && size == present && isWorthwhile()) {
      watch(Math.log((double) Math.max(1, nanos) / size));
    }
  }

  private void watch(double value) {
    boolean first = watched < LEVEL_MICRO_BATCHES;
    watched = first ? watched + 1 : watched;
    level += (value - level) / watched;
    reference = first ? level : reference;
  }

  /** The logical batch got through; all of it took {@code nanos}. Returns the decisions taken. */
  List<Decision> batchDone(long nanos) {
    if (search == null || !layout.isIntact()) {
      return List.of();
    }
    layout.clear(); // a second batch may be under way, whose end is not this one's
    search.experiment().batchDone(nanos);
    List<Decision> decisions = search.advance().map(this::moved).orElse(List.of());
    bestSplit = search.bestSplit().orElse(bestSplit);
    if (search.isOver()) {
      end();
    }
    return decisions;
  }

  private List<Decision> moved(SizeTrial trial) {
    int to = trial.candidate();
    int from = trial.present();
    rest = to == leftBefore ? longer(rest) : REST_BATCHES;
    leftBefore = from;
    changed = true;
    preferred = to >= largest ? Integer.MAX_VALUE : to;
    sweptTo = Math.max(sweptTo, to);
    present = to;
    return List.of(
        new Decision(
            step,
            knob,
            Integer.toString(from),
            Integer.toString(to),
            reason(from, to, trial.pairs()),
            figures(trial.pairs())));
  }

  private void end() {
    search = null;
    searched = true;
    failureRest = AFTER_FAILURE_BATCHES;
    rest = changed ? rest : longer(rest);
    if (changed || cameElsewhere) {
      elsewhereRest = changed ? REST_BATCHES : longer(elsewhereRest);
    }
    restFor(rest);
    searchedUntil = batch;
    elsewhereFrom = batch + elsewhereRest;
  }

  private static int longer(int batches) {
    return Math.min(2 * batches, LONGEST_REST_BATCHES);
  }

  private void restFor(int batches) {
    dueAt = batch + batches;
    otherRangeFrom = batch + AFTER_FAILURE_BATCHES;
  }

  /**
   * Memory ran out or became tight: what is being compared is given up, and begun anew soon, unless
   * there is an answer for that already.
   */
  void pause() {
    if (search != null) {
      boolean answered = search.beganWithSweep() && search.bestSplit().isPresent();
      dueAt = batch + (answered ? Math.max(REST_BATCHES, failureRest) : failureRest);
      otherRangeFrom = dueAt;
      sweptTo = search.beganWithSweep() ? 0 : sweptTo;
      search = null;
      if (searched) {
        failureRest = Math.min(AFTER_FAILURE_GROWTH * failureRest, LONGEST_REST_BATCHES);
      }
    }
    layout.clear();
  }

  /** Batches cannot be split: nothing is compared any more, and memory alone decides. */
  void turnOff() {
    pause();
    off = true;
    preferred = Integer.MAX_VALUE;
    bestSplit = Integer.MAX_VALUE;
  }

  /** The size that was found to be fastest; {@link Integer#MAX_VALUE} if all that fits is. */
  int fastest() {
    return preferred;
  }

  /** The most samples that speed asks for in a micro-batch. */
  int cap(int memoryCap) {
    int usual = Math.max(logicalSize, sizeBefore); // the last batch of a pass is often a small one
    if (memoryCap >= usual && !splitsWhole) {
      return Integer.MAX_VALUE;
    }
    boolean mustSplit = preferred == Integer.MAX_VALUE && memoryCap < usual;
    return mustSplit && search == null ? bestSplit : preferred;
  }

  /** Whether sizes are being compared in the logical batch at hand; a search may have to wait. */
  boolean isTrying() {
    return search != null && mayCompare;
  }

  private String reason(int from, int to, PairedTrial pairs) {
    double gain = pairs.gain();
    return String.format(
        Locale.ROOT,
        "%d samples at once take %.1f %% %s time each than %d, with ±%.1f %% of noise in %d pairs",
        to,
        100 * Math.abs(Math.expm1(-gain)),
        gain >= 0 ? "less" : "more",
        from,
        100 * pairs.noise(),
        pairs.pairs());
  }

  private Map<String, Double> figures(PairedTrial pairs) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("gain", pairs.gain());
    figures.put("noise", pairs.noise());
    figures.put("pairs", (double) pairs.pairs());
    figures.put("logicalBatch", (double) logicalSize);
    figures.put("memoryAllows", (double) largest);
    return figures;
  }
}
