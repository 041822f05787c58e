package io.smartops.nvml.fake;

/**
 * Signals of a card that fit together.
 *
 * <p>Power = idle + load × (peak − idle), capped at the limit. Temperature follows power: it tends
 * to ambient + power × thermal resistance with a time constant. Energy is the integral of power. At
 * the power cap and above the slowdown temperature the clock drops and says why. Between two
 * readings the load is constant. Not thread-safe: the fake's lock guards it.
 */
final class FakePhysics {
  /** Step of the integration, small against any card's thermal time constant. */
  private static final double STEP_SECONDS = 0.5;

  /** Most steps for one reading; a longer pause is integrated more coarsely. */
  private static final int MAX_STEPS = 2000;

  /** How much of the clock is left when the card is too hot. */
  private static final double HOT_CLOCK_SHARE = 0.5;

  private final double idleWatts;
  private final double peakWatts;
  private final double ambientCelsius;
  private final double celsiusPerWatt;
  private final double timeConstantSeconds;
  private final double slowdownCelsius;
  private final double maxClockMegahertz;
  private final double idleClockMegahertz;

  private double limitWatts;
  private double load;
  private double celsius;
  private double joules;
  private double busySeconds;
  private long lastNanos;

  FakePhysics(FakeProfile profile, long nanos) {
    idleWatts = profile.constant("physics.idleWatts", 10);
    peakWatts = profile.constant("physics.peakWatts", 75);
    limitWatts = profile.constant("physics.limitWatts", peakWatts);
    ambientCelsius = profile.constant("physics.ambientCelsius", 30);
    celsiusPerWatt = profile.constant("physics.celsiusPerWatt", 0.5);
    timeConstantSeconds = profile.constant("physics.timeConstantSeconds", 30);
    slowdownCelsius = profile.constant("physics.slowdownCelsius", 90);
    maxClockMegahertz = profile.constant("physics.maxClockMegahertz", 1500);
    idleClockMegahertz = profile.constant("physics.idleClockMegahertz", 300);
    celsius = ambientCelsius + idleWatts * celsiusPerWatt;
    lastNanos = nanos;
  }

  void advanceTo(long nanos) {
    double seconds = (nanos - lastNanos) / 1e9;
    if (seconds <= 0) {
      return;
    }
    lastNanos = nanos;
    int steps = (int) Math.min(MAX_STEPS, Math.ceil(seconds / STEP_SECONDS));
    for (int i = 0; i < steps; i++) {
      step(seconds / steps);
    }
    busySeconds += load * seconds;
  }

  private void step(double seconds) {
    joules += watts() * seconds;
    double target = ambientCelsius + watts() * celsiusPerWatt;
    celsius = target + (celsius - target) * Math.exp(-seconds / timeConstantSeconds);
  }

  void setLoad(double share) {
    load = share;
  }

  void setLimitWatts(double watts) {
    limitWatts = watts;
  }

  double load() {
    return load;
  }

  double watts() {
    double demand = idleWatts + load * (peakWatts - idleWatts) * (isHot() ? HOT_CLOCK_SHARE : 1);
    return Math.min(demand, limitWatts);
  }

  double limitWatts() {
    return limitWatts;
  }

  double celsius() {
    return celsius;
  }

  double joules() {
    return joules;
  }

  /** Seconds of full load since the beginning, from which traffic counters follow. */
  double busySeconds() {
    return busySeconds;
  }

  boolean isIdle() {
    return load == 0;
  }

  boolean isHot() {
    return celsius >= slowdownCelsius;
  }

  boolean isPowerCapped() {
    return idleWatts + load * (peakWatts - idleWatts) > limitWatts;
  }

  double smClockMegahertz() {
    if (isIdle()) {
      return idleClockMegahertz;
    }
    double hot = isHot() ? HOT_CLOCK_SHARE : 1;
    double demand = idleWatts + load * (peakWatts - idleWatts);
    return maxClockMegahertz * hot * Math.min(1, limitWatts / demand);
  }
}
