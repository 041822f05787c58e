package io.smartops.control;

/**
 * More workers on trial. They are judged by the batches that they make in a second, {@code W /
 * build}: a pipeline that is bound by the processor or by bandwidth answers more workers with
 * longer builds.
 *
 * @param before the plan before
 * @param rateBefore the batches that it made in a second
 * @param why why more were wanted
 */
record LoaderRise(LoaderPlan before, double rateBefore, LoaderWhy why) {
  /** Share of the ideal gain that a rise must bring to be kept. */
  static final double LEAST_EFFICIENCY = 0.1;

  /** The least gain in any case: below it is noise. */
  static final double LEAST_GAIN = 1.05;

  /** More workers cannot lose this much of the rate: the source itself has become slower. */
  static final double OTHER_REGIME = 0.6;

  /** Workers that are kept beyond those which the gain accounts for, as a factor. */
  static final double HEADROOM = 1.5;

  /** Builds under the new plan that are awaited before it is judged, at most. */
  static final int JUDGED_BUILDS = 6;

  static LoaderRise from(LoaderPlan plan, LoaderWindow window, LoaderWhy why) {
    return new LoaderRise(plan, rate(plan, window), why);
  }

  /** On the training thread as with one worker. */
  private static double rate(LoaderPlan plan, LoaderWindow window) {
    int workers = Math.max(1, plan.workers());
    return 1e9 * workers / Math.max(1, window.quickBuildNanos(plan.workers()));
  }

  boolean canBeJudged(LoaderPlan plan, LoaderWindow window) {
    return window.builtUnder(plan.workers()) >= Math.min(JUDGED_BUILDS, plan.workers());
  }

  /** As many of the plan's workers as made a difference; none of the new ones if too few did. */
  int usefulWorkers(LoaderPlan plan, LoaderWindow window) {
    double gain = rate(plan, window) / rateBefore;
    if (gain < OTHER_REGIME) {
      return plan.workers();
    }
    int from = Math.max(1, before.workers());
    double growth = (double) plan.workers() / from;
    // On the training thread, one worker's gain is not its rate, but that the step need not wait.
    if (before.workers() > 0 && gain < Math.max(LEAST_GAIN, 1 + LEAST_EFFICIENCY * (growth - 1))) {
      return before.workers();
    }
    int useful = Math.max(1, (int) Math.ceil(HEADROOM * gain * from));
    return useful <= plan.workers() * 3 / 4 ? useful : plan.workers();
  }
}
