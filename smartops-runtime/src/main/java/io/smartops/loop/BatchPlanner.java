package io.smartops.loop;

import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsException;
import io.smartops.control.MicroBatchController;
import io.smartops.control.MicroBatchLimits;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans the micro-batches of one device: reads the memory, asks the controller, and tells the run's
 * log what was decided. The controller decides; this class knows the clock and the device.
 *
 * <p>Not thread-safe: belongs to the thread that trains on the device.
 */
public final class BatchPlanner implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(BatchPlanner.class);
  private static final double MIB = 1 << 20;

  private final MicroBatchController controller;
  private final MicroBatchLimits limits;
  private final MemoryGauge gauge;
  private final RunLog log;
  private final Runnable releaseMemory;
  private final LongSupplier nanoClock;
  private MemoryGauge.Reading memory =
      new MemoryGauge.Reading(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
  private OptionalLong headroomAtStart = OptionalLong.empty();
  private long startNanos;
  private boolean warned;

  /**
   * A planner.
   *
   * @param controller decides
   * @param limits the bounds that the controller was given
   * @param gauge reads the device
   * @param log hears of decisions and failures
   * @param releaseMemory gives back what the allocator keeps, after a failure
   * @param nanoClock nanoseconds, as {@link System#nanoTime()}
   */
  public BatchPlanner(
      MicroBatchController controller,
      MicroBatchLimits limits,
      MemoryGauge gauge,
      RunLog log,
      Runnable releaseMemory,
      LongSupplier nanoClock) {
    this.controller = controller;
    this.limits = limits;
    this.gauge = gauge;
    this.log = log;
    this.releaseMemory = releaseMemory;
    this.nanoClock = nanoClock;
  }

  /** A logical batch of {@code size} samples starts, or starts again. */
  public void begin(int size) {
    memory = gauge.read();
    log.memory(memory);
    log.decided(controller.begin(log.step(), size, memory.headroomBytes()));
  }

  /** Samples of the next micro-batch, of {@code remaining}. */
  public int next(int remaining) {
    return controller.next(remaining);
  }

  /** A micro-batch starts. */
  public void start() {
    headroomAtStart = memory.headroomBytes();
    gauge.start();
    startNanos = nanoClock.getAsLong();
  }

  /** The micro-batch of {@code size} samples that was started is done. */
  public void done(int size) {
    long nanos = nanoClock.getAsLong() - startNanos;
    log.decided(controller.done(size, gauge.stop(), nanos));
  }

  /** The micro-batch that was started will not be finished. */
  public void abandon() {
    gauge.stop();
  }

  /** The logical batch got through. */
  public void batchDone(Way way, List<Integer> sizes, int size) {
    log.batch(way, sizes, size);
  }

  /**
   * The batch cannot be split, though the plan asks for it: it stays whole.
   *
   * @throws SmartOpsException if the user fixed the micro-batch
   */
  public void cannotSplit(String why) {
    if (limits.isFixed()) {
      throw new SmartOpsException(
          "optMicroBatch(%d) cannot be kept: the batch cannot be split, because %s. Leave out"
                  .formatted(limits.max(), why)
              + " optMicroBatch to train on whole batches");
    }
    if (!warned) {
      warned = true;
      LOGGER.warn("Batches stay whole and cannot adapt to memory, because {}.", why);
    }
  }

  /**
   * A micro-batch of {@code size} samples ran out of memory: the next ones are smaller.
   *
   * @param refusal why the batch cannot be split, if it cannot
   * @throws SmartOpsException if there is nothing smaller
   */
  public void outOfMemory(Phase phase, int size, Throwable failure, Optional<String> refusal) {
    log.outOfMemory(
        new OutOfMemoryEvent(log.step(), phase, size, String.valueOf(failure.getMessage())));
    if (refusal.isPresent()) {
      throw new SmartOpsException(
          "memory ran out in %s with %d samples, and the batch cannot be split, because %s. Use a"
                  .formatted(phase.name().toLowerCase(Locale.ROOT), size, refusal.get())
              + " smaller batch",
          failure);
    }
    if (!controller.canShrink(size)) {
      throw new SmartOpsException(
          "memory ran out in %s with a micro-batch of %d, the smallest allowed (%d): %s. Raise the"
                  .formatted(phase.name().toLowerCase(Locale.ROOT), size, limits.min(), needs(size))
              + " memory limit, lower the bound of optMicroBatchRange, or use a smaller model or"
              + " smaller samples",
          failure);
    }
    log.decided(controller.outOfMemory(size, headroomAtStart));
    releaseMemory();
  }

  /** Gives back what the allocator keeps. */
  public void releaseMemory() {
    releaseMemory.run();
  }

  private String needs(int size) {
    OptionalLong needed = controller.predictedBytes(size);
    return "it needs %s, and %s could be allocated when it started"
        .formatted(
            needed.isPresent() ? "about " + mebibytes(needed) : "an amount that was never measured",
            headroomAtStart.isPresent()
                ? mebibytes(headroomAtStart)
                : "an amount that cannot be read");
  }

  private static String mebibytes(OptionalLong bytes) {
    return "%.1f MiB".formatted(bytes.orElse(0) / MIB);
  }

  @Override
  public void close() {
    gauge.close();
  }
}
