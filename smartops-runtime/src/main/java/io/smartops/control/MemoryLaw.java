package io.smartops.control;

import java.util.ArrayList;
import java.util.List;

/**
 * How far a micro-batch raises allocated memory, learnt from readings, with an upper bound.
 *
 * <p>Formula: growth(m) = a + b·m. Per size (in buckets of a quarter octave) the level is a
 * decaying maximum of what was read: up at once, down by {@link #FORGETTING} of the gap per
 * reading. The prediction is the greatest one that any law agrees to within ε of every level (see
 * {@link Band}), times {@code 1 + NOISE} for the reading to come; ε is {@link #NOISE} plus the
 * worst error of the fitted law.
 *
 * <p>Regimes: <em>cold</em>, while the only trusted reading is the first, which also contains what
 * is allocated once (gradient buffers, workspaces): the bound is proportional. <em>Warm</em>, after
 * two more readings: the first one is dropped and its excess is reported as {@link #onceBytes()}.
 * <em>Changed workload</em> (longer sequences): levels that no affine law explains within {@link
 * #INCONSISTENT} are dropped, oldest first; if that leaves none but the latest, they are kept in
 * proportion to it, since one level alone would say nothing about smaller sizes. <em>Lent</em>,
 * from the same work in a higher precision: its levels hold until three readings of this law's own
 * are there, then sink in proportion to the greatest of the latter two; without that, a level that
 * sinks slowly beside one that was just read would show a fixed part that there is not.
 *
 * <p>Readings of nothing (an allocator that served the micro-batch from blocks it kept) say nothing
 * and are ignored; low readings pull a level down by forgetting only, and a size read for the first
 * time starts no lower than the law allows. An out-of-memory error is a censored reading: growth
 * was above the headroom.
 *
 * <p><em>Guessing</em>: a law that starts from another run's {@link MemoryExperience} is warm at
 * once. Its first reading, which contains what is allocated once, only confirms it; if it is above
 * that, all is learnt anew.
 *
 * <p>Not thread-safe.
 */
final class MemoryLaw {

  /** Relative error that every reading is allowed, and every prediction is protected against. */
  static final double NOISE = 0.03;

  /** Share of the gap by which a level follows a lower reading. */
  static final double FORGETTING = 0.02;

  /** Relative error beyond which readings are held to come from different workloads. */
  static final double INCONSISTENT = 0.10;

  /** A failure raises what is believed about a size at most by this factor. */
  static final double MOST_RISE = 4;

  /** Share of what the fitted law allows that is taken even where the band does not allow it. */
  static final double LEAST_TRUST = 0.5;

  /** Factor between two sizes from which readings of them tell what a sample takes. */
  static final double TELLING = 1.4;

  /** Sizes that are remembered; enough for slow start, the plan in force and ragged tails. */
  static final int MOST_READINGS = 8;

  /** Readings after which the first one is no longer needed. */
  private static final int WARM_READINGS = 3;

  private final List<Reading> readings = new ArrayList<>(); // oldest first
  private final ReadingError error = new ReadingError();
  private boolean close;
  private int seen;
  private int lent;
  private int lentLevels; // of the oldest readings
  private double share;
  private Reading first = new Reading(1, 0);
  private boolean firstBatch = true;
  private boolean guessing;
  private Line line = new Line(0, 0);
  private Band band = new Band(List.of(), line, 0);

  /** A law that knows nothing. */
  MemoryLaw() {
    this(MemoryExperience.NONE);
  }

  /** A law whose first guess is what another run of the same model has learnt. */
  MemoryLaw(MemoryExperience learnt) {
    guessing = learnt.isKnown();
    if (guessing) {
      seen = WARM_READINGS;
      first = new Reading(learnt.first().size(), learnt.first().bytes());
      learnt.levels().stream().map(l -> new Reading(l.size(), l.bytes())).forEach(readings::add);
      fit();
    }
  }

  /** What another run may start from; nothing while too little is known. */
  MemoryExperience experience() {
    return isWarm() && !guessing
        ? new MemoryExperience(readings.stream().map(MemoryLaw::level).toList(), level(first))
        : MemoryExperience.NONE;
  }

  private static MemoryExperience.Level level(Reading reading) {
    return new MemoryExperience.Level(reading.size(), Math.max(1, reading.bytes()));
  }

  /** A law that begins with what this one says, and so many bytes more for each size. */
  MemoryLaw lent(long moreBytes) {
    MemoryLaw other = new MemoryLaw();
    other.firstBatch = false;
    other.seen = seen;
    other.first = first;
    other.lent = WARM_READINGS;
    readings.forEach(r -> other.readings.add(new Reading(r.size(), r.bytes() + moreBytes)));
    other.fit();
    return other;
  }

  /**
   * Whether a prediction may come as close as readings have been to the law; if not, or until that
   * is known, they are held to err by {@link #NOISE}.
   */
  void comeClose(boolean mayBeClose) {
    if (close != mayBeClose) {
      close = mayBeClose;
      if (!readings.isEmpty()) {
        fit();
      }
    }
  }

  private double noise() {
    return close ? error.bound() : NOISE;
  }

  /** Whether no reading has confirmed yet what another run has learnt. */
  boolean isGuessing() {
    return guessing;
  }

  /** Whether anything was read. */
  boolean isKnown() {
    return seen > 0;
  }

  /** Whether the first reading, which contains one-off allocations, is superseded. */
  boolean isWarm() {
    return seen >= WARM_READINGS;
  }

  /** Whether two sizes were read, so that a sample's share is known and not only bounded. */
  boolean knowsSlope() {
    return readings.size() > 1;
  }

  /** A logical batch starts: what was allocated once is now part of the memory in use. */
  void newBatch() {
    firstBatch = seen == 0 || guessing;
  }

  /** A micro-batch of {@code size} samples raised allocated memory by {@code bytes}. */
  void observe(int size, long bytes) {
    if (bytes <= 0 || confirms(size, bytes)) {
      return;
    }
    if (lent > 0) {
      compare(size, (double) bytes);
    }
    seen++;
    if (isWarm() && lent == 0 && seen > WARM_READINGS) {
      error.add((double) bytes, line.at(size));
    }
    if (seen == 1) {
      first = new Reading(size, bytes);
    }
    if (seen == WARM_READINGS) {
      readings.removeIf(r -> r.equals(first));
    }
    put(size, level(size, (double) bytes));
  }

  /**
   * Whether this is the first reading of a law that only guesses, and as guessed: it contains what
   * is allocated once. If it is above that, the guess is dropped.
   */
  private boolean confirms(int size, long bytes) {
    boolean asGuessed = guessing && bytes <= upper(size) + (1 + NOISE) * onceBytes();
    if (guessing && !asGuessed) {
      forget();
    }
    guessing = false;
    return asGuessed;
  }

  /**
   * The levels were lent: they sink to where this law's own readings are, once there are enough.
   */
  private void compare(int size, double bytes) {
    lent--;
    if (lent < WARM_READINGS - 1) { // the first one also contains what is allocated once
      share = Math.max(share, bytes / line.at(size));
    }
    if (lent == 0 && share < 1) {
      readings.replaceAll(r -> new Reading(r.size(), share * r.bytes()));
      fit();
    }
    lentLevels = lent == 0 ? readings.size() : 0;
  }

  /** Once this law's own readings tell a sample's share, what was lent only blurs it. */
  private void dropLent() {
    List<Reading> own = readings.subList(lentLevels, readings.size());
    int least = own.stream().mapToInt(Reading::size).min().orElse(1);
    int most = own.stream().mapToInt(Reading::size).max().orElse(1);
    if (lentLevels > 0 && most >= TELLING * least) {
      readings.subList(0, lentLevels).clear();
      lentLevels = 0;
    }
  }

  private void removeReading(int index) {
    readings.remove(index);
    lentLevels -= index < lentLevels ? 1 : 0;
  }

  /** A micro-batch of {@code size} samples needed more than {@code headroomBytes}. */
  void exceeded(int size, long headroomBytes) {
    if (isKnown() && headroomBytes > upper(size)) {
      put(size, Math.min((double) headroomBytes, upper(size) * MOST_RISE));
    }
  }

  /** All that was learnt turned out wrong: the next reading is again the first. */
  void forget() {
    readings.clear();
    error.forget();
    lentLevels = 0;
    seen = 0;
    firstBatch = false;
    guessing = false;
  }

  /** The most that a micro-batch of {@code size} samples is expected to take. */
  double upper(double size) {
    return band.upper(size) * (1 + noise());
  }

  /**
   * The largest size that is expected to stay within {@code bytes}; may be below 1 or infinite.
   *
   * <p>Where the band is wide, since all sizes that were read are close together, it may allow no
   * size at all; but laws that a smaller size would not help are no reason for the smallest. Of the
   * sizes up to the largest that was read, {@link #LEAST_TRUST} of what the fitted law allows is
   * taken at least, and of what is in proportion to it: one high reading among sizes that are close
   * makes a law flat, by which even one sample would not fit.
   */
  double largest(double bytes) {
    double within = bytes / (1 + noise());
    double read = largestRead();
    double fitted = Math.max(line.inverse(within), read * within / line.at(read));
    return Math.max(band.largest(within), LEAST_TRUST * Math.min(read, fitted));
  }

  /** The largest size that the fitted law allows, with a margin for the next reading only. */
  double fitted(double bytes) {
    return line.inverse(bytes / (1 + noise()));
  }

  /** The largest size that was read. */
  int largestRead() {
    int largest = 0;
    for (int i = 0; i < readings.size(); i++) { // an iterator would be allocated at each step
      largest = Math.max(largest, readings.get(i).size());
    }
    return largest;
  }

  /** The fitted law, without margin. */
  Line line() {
    return line;
  }

  /** Memory taken for good by the first micro-batch, while the headroom does not yet show it. */
  double onceBytes() {
    boolean agrees = first.bytes() <= band.upper(first.size());
    return firstBatch && seen > 1 && !agrees ? first.bytes() - band.lower(first.size()) : 0;
  }

  private double level(int size, double bytes) {
    if (seen <= 2) {
      return bytes; // the first reading is too high to be a level for the second
    }
    double believed = believed(size);
    return Math.max(bytes, believed - FORGETTING * (believed - bytes));
  }

  /**
   * The level of this size's bucket; for a size that was never read, the least that the law allows.
   */
  private double believed(int size) {
    return readings.stream()
        .filter(r -> r.sharesBucketWith(size))
        .findFirst()
        .map(r -> r.bytes() * line.at(size) / line.at(r.size()))
        .orElseGet(() -> isWarm() ? band.lower(size) : 0);
  }

  private void put(int size, double bytes) {
    for (int i = readings.size() - 1; i >= 0; i--) {
      if (readings.get(i).sharesBucketWith(size)) {
        removeReading(i);
      }
    }
    readings.add(new Reading(size, Math.max(1, bytes)));
    if (readings.size() > MOST_READINGS) {
      removeReading(0);
    }
    dropLent();
    fit();
  }

  private void fit() {
    Line before = line;
    List<Reading> all = List.copyOf(readings);
    line = Line.fit(readings);
    while (readings.size() > 1 && line.worstError(readings) > INCONSISTENT) {
      removeReading(0);
      line = Line.fit(readings);
    }
    if (readings.size() == 1 && all.size() > 2) {
      rescale(all, before);
    }
    band = new Band(readings, line, noise() + line.worstError(readings));
  }

  /** The shape of the law that was, at the level of the latest reading. */
  private void rescale(List<Reading> all, Line before) {
    Reading latest = readings.get(0);
    double factor = latest.bytes() / before.at(latest.size());
    readings.clear();
    all.subList(0, all.size() - 1).stream()
        .map(r -> new Reading(r.size(), factor * r.bytes()))
        .forEach(readings::add);
    readings.add(latest);
    line = Line.fit(readings);
  }
}
