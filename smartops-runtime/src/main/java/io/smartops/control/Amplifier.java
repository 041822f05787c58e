package io.smartops.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Chooses how many of the user's batches one update of the parameters takes.
 *
 * <p>Formula: with the {@link NoiseScale noise scale} N and k batches of b samples, k is doubled
 * where {@code N >= }{@link #PAYS}{@code · 2kb}, and halved where {@code N < }{@link
 * #NO_LONGER_PAYS}{@code · kb}. At N the noise of an update is as large as its gradient: below, a
 * larger batch averages out noise almost for free; far above, samples are wasted.
 *
 * <p>Regimes: while k is 1, every {@link #SURVEY}th update takes two batches, since one size alone
 * does not tell noise from gradient. After a change, at least {@link #REST_UPDATES} updates and a
 * full set of new pairs pass before the next.
 *
 * <p>Source: McCandlish et al., 2018; growing the batch in the course of training: Smith et al.,
 * "Don't Decay the Learning Rate, Increase the Batch Size", 2018. Deterministic. Not thread-safe.
 */
public final class Amplifier {
  /** A larger batch pays where the noise scale is so many times it. */
  static final double PAYS = 1;

  /** The batch in force no longer pays where the noise scale is below this share of it. */
  static final double NO_LONGER_PAYS = 0.5;

  /** While one batch is an update, one update in so many takes two. */
  static final int SURVEY = 8;

  /** Updates from one change to the next, at least. */
  static final int REST_UPDATES = 100;

  private final int maxLogicalBatch;
  private final LearningRateRule rule;
  private final NoiseScale noise = new NoiseScale();
  private int amplification = 1;
  private long updates;
  private long changedAt;

  /**
   * @param maxLogicalBatch the most samples that one update may take
   * @param rule how the learning rate follows
   */
  public Amplifier(int maxLogicalBatch, LearningRateRule rule) {
    if (maxLogicalBatch < 1) {
      throw new IllegalArgumentException(
          "maxLogicalBatch must be at least 1, but is " + maxLogicalBatch);
    }
    this.maxLogicalBatch = maxLogicalBatch;
    this.rule = rule;
  }

  /** Batches of {@code samples} that the present update takes. */
  public int batches(int samples) {
    int wanted = amplification == 1 && updates % SURVEY == SURVEY - 1 ? 2 : amplification;
    return Math.max(1, Math.min(wanted, maxLogicalBatch / Math.max(1, samples)));
  }

  /**
   * The factor of the learning rate for an update.
   *
   * @param batches batches that it takes
   * @param samples samples of each
   */
  public double gain(int batches, int samples) {
    return batches == 1
        ? 1
        : rule.gain(batches, noise.variance() / samples, noise.gradientSquared());
  }

  /**
   * An update was made from one batch, or from several that are not comparable: of unequal size, or
   * fewer than planned.
   */
  public void updated() {
    updates++;
  }

  /**
   * An update was made from several batches of one size.
   *
   * @param step logical step, counted from 1
   * @param samples samples of each batch
   * @param batches batches
   * @param firstSquared squared length of the first batch's mean gradient
   * @param allSquared squared length of the mean gradient of all
   * @return the decisions taken
   */
  public List<Decision> updated(
      long step, int samples, int batches, double firstSquared, double allSquared) {
    updates++;
    noise.add(samples, firstSquared, samples * batches, allSquared);
    return noise.isKnown() && updates - changedAt >= REST_UPDATES
        ? reconsider(step, samples)
        : List.of();
  }

  private List<Decision> reconsider(long step, int samples) {
    long logical = (long) samples * amplification;
    if (2 * logical <= maxLogicalBatch && noise.samples() >= PAYS * 2 * logical) {
      return change(step, samples, 2 * amplification, "twice the batch still averages noise out");
    }
    return amplification > 1 && noise.samples() < NO_LONGER_PAYS * logical
        ? change(step, samples, amplification / 2, "the batch is larger than that pays for")
        : List.of();
  }

  private List<Decision> change(long step, int samples, int to, String why) {
    int from = amplification;
    amplification = to;
    changedAt = updates;
    return List.of(
        new Decision(
            step,
            Knob.LOGICAL_BATCH,
            Integer.toString(samples * from),
            Integer.toString(samples * to),
            String.format(
                Locale.ROOT,
                "a gradient's noise equals its signal at about %.3g samples: %s",
                noise.samples(),
                why),
            figures(samples)));
  }

  private Map<String, Double> figures(int samples) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("noiseScaleSamples", noise.samples());
    figures.put("gradientSquared", noise.gradientSquared());
    figures.put("varianceOfASample", noise.variance());
    figures.put("learningRateFactor", gain(amplification, samples));
    return figures;
  }
}
