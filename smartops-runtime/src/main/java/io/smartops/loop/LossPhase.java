package io.smartops.loop;

import io.smartops.control.MemoryExperience.Level;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of a loss that is computed on the predictions of a whole batch, between the
 * micro-batches: no plan makes it smaller, so room is made for it, and the user is told where that
 * is not enough.
 *
 * <p>Not thread-safe: belongs to its planner.
 */
final class LossPhase {
  private static final Logger LOGGER = LoggerFactory.getLogger(LossPhase.class);
  private static final double MIB = 1 << 20;

  private final MemoryGauge gauge;
  private int largest;
  private long bytes;
  private long started;
  private int running;
  private boolean apart;
  private boolean guessing;
  private boolean warned;

  LossPhase(MemoryGauge gauge) {
    this.gauge = gauge;
  }

  /** What an earlier run has measured holds until this one has. */
  void startFrom(Level level) {
    guessing = true;
    largest = level.size();
    bytes = (long) level.bytes();
  }

  /** What was measured, for another run. */
  Optional<Level> level() {
    return bytes > 0 ? Optional.of(new Level(largest, (double) bytes)) : Optional.empty();
  }

  /**
   * The loss of {@code size} samples follows: one in {@link GrowthMeasuring#MEASURED_OF} is
   * measured, and each that is larger than all before.
   */
  void start(int size, MemoryUpkeep memory) {
    boolean isNew = size > largest;
    memory.makeRoomForLoss(isNew ? OptionalLong.empty() : OptionalLong.of(bytes));
    warnIfTooLarge(size, gauge.leftBytes());
    if (isNew || started % GrowthMeasuring.MEASURED_OF == 0) {
      running = size;
      gauge.start();
    }
    started++;
    apart = true;
  }

  /** What the loss of so many samples takes at most, if one of as many was measured. */
  OptionalLong bytes(int size) {
    return size <= largest ? OptionalLong.of(bytes) : OptionalLong.empty();
  }

  /** The loss is computed: all that its forward pass made is in memory now. */
  void computed() {
    if (running > 0) {
      gauge.mark();
    }
  }

  /**
   * The gradient at the predictions is there, and what led to it is free again. Only a loss between
   * micro-batches was started.
   */
  void done(MemoryUpkeep memory) {
    if (apart) {
      memory.changed();
      apart = false;
    }
    if (running > 0) {
      OptionalLong grown = gauge.stopAside();
      if (grown.isPresent()) {
        boolean first = guessing || running > largest;
        bytes = first ? grown.getAsLong() : Math.max(bytes, grown.getAsLong());
        largest = guessing ? running : Math.max(largest, running);
        guessing = false;
      }
      running = 0;
    }
  }

  /** The loss failed, or its batch was given up. */
  void abandon() {
    if (running > 0) {
      gauge.abandon();
      running = 0;
    }
  }

  private void warnIfTooLarge(int size, OptionalLong left) {
    if (!warned && size >= largest && left.isPresent() && bytes > left.getAsLong()) {
      warned = true;
      LOGGER.warn(
          "The loss of {} samples takes {} MiB by itself, and {} MiB are left: no micro-batch"
              + " makes that smaller. Use a smaller batch, or raise the memory limit.",
          size,
          "%.0f".formatted(bytes / MIB),
          "%.0f".formatted(left.getAsLong() / MIB));
    }
  }
}
