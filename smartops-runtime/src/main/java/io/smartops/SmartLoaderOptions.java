package io.smartops;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Sampler;
import io.smartops.control.Decision;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a user may ask of the loader. Every option has a default that needs no thought.
 *
 * @param workers a fixed number of workers, if set
 * @param maxWorkers the most workers
 * @param depth a fixed depth, if set
 * @param maxDepth the most batches outstanding
 * @param memoryCapBytes the most memory of batches that are built or being built ahead
 * @param threadSafe whether the dataset allows concurrent reads
 * @param skipBadRecords how many records of a pass may fail and be left out
 * @param shareCores whether libtorch's threads may be lowered in favour of the workers
 * @param transfer how batches may cross to a device
 * @param device the device to deliver on, if other than DJL's own choice
 * @param sampler the sampler, if other than the dataset's
 * @param manager the parent of the batches' managers, if set
 * @param decisions hears of every change of a setting, on the thread that trains
 */
public record SmartLoaderOptions(
    OptionalInt workers,
    int maxWorkers,
    OptionalInt depth,
    int maxDepth,
    long memoryCapBytes,
    boolean threadSafe,
    int skipBadRecords,
    boolean shareCores,
    Transfer transfer,
    Optional<Device> device,
    Optional<Sampler> sampler,
    Optional<NDManager> manager,
    Consumer<Decision> decisions) {

  /** In which type batches may cross the link to a device. */
  public enum Transfer {
    /** In their own type. */
    FULL,
    /** Narrower where nothing is lost: whole numbers from 0 to 255 as uint8. */
    LOSSLESS,
    /** As {@link #LOSSLESS}, else as float16: values are rounded to 11 significant bits. */
    FLOAT16
  }

  /** The most workers where nothing else is asked for. */
  public static final int DEFAULT_MAX_WORKERS = 64;

  /** The most batches outstanding where nothing else is asked for. */
  public static final int DEFAULT_MAX_DEPTH = 256;

  /** Share of the Java heap's limit, which also bounds direct buffers, for the default cap. */
  private static final double CAP_SHARE = 0.25;

  /** Starts options in which everything has its default. */
  public static Builder builder() {
    return new Builder();
  }

  /** A quarter of what the JVM may use for heap, and as much again for direct buffers. */
  private static long defaultCapBytes() {
    long maxBytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax();
    return (long) (CAP_SHARE * (maxBytes > 0 ? maxBytes : Runtime.getRuntime().maxMemory()));
  }

  /** Collects options; {@link #build()} checks them together. */
  public static final class Builder {
    private OptionalInt workers = OptionalInt.empty();
    private int maxWorkers = DEFAULT_MAX_WORKERS;
    private OptionalInt depth = OptionalInt.empty();
    private int maxDepth = DEFAULT_MAX_DEPTH;
    private long memoryCapBytes = defaultCapBytes();
    private boolean threadSafe = true;
    private int skipBadRecords;
    private boolean shareCores = true;
    private Transfer transfer = Transfer.LOSSLESS;
    private @Nullable Device device;
    private @Nullable Sampler sampler;
    private @Nullable NDManager manager;
    private Consumer<Decision> decisions = decision -> {};

    private Builder() {}

    /** Fixes the number of workers; with 0 the training thread builds every batch. */
    public Builder optWorkers(int workers) {
      this.workers = OptionalInt.of(workers);
      return this;
    }

    /** Limits the workers; {@value #DEFAULT_MAX_WORKERS} by default. */
    public Builder optMaxWorkers(int maxWorkers) {
      this.maxWorkers = maxWorkers;
      return this;
    }

    /** Fixes how many batches may be outstanding. */
    public Builder optDepth(int depth) {
      this.depth = OptionalInt.of(depth);
      return this;
    }

    /** Limits how many batches may be outstanding; {@value #DEFAULT_MAX_DEPTH} by default. */
    public Builder optMaxDepth(int maxDepth) {
      this.maxDepth = maxDepth;
      return this;
    }

    /**
     * Limits the memory of batches that are built or being built ahead, in bytes; a quarter of the
     * JVM's heap limit by default. The batch that the training thread works on does not count. A
     * batch that alone needs more is built with nothing else held.
     */
    public Builder optMemoryCapBytes(long bytes) {
      this.memoryCapBytes = bytes;
      return this;
    }

    /** Declares that the dataset must not be read by two threads at once: one worker is used. */
    public Builder optThreadSafe(boolean threadSafe) {
      this.threadSafe = threadSafe;
      return this;
    }

    /** Leaves out up to this many failing records of each pass; none by default. */
    public Builder optSkipBadRecords(int records) {
      this.skipBadRecords = records;
      return this;
    }

    /**
     * Whether libtorch may get fewer threads on the training thread when processor-bound workers
     * want its cores and that is measured to pay; it may, by default. Sums are then rounded in
     * another order.
     */
    public Builder optShareCores(boolean shareCores) {
      this.shareCores = shareCores;
      return this;
    }

    /** How batches may cross to a device; {@link Transfer#LOSSLESS} by default. */
    public Builder optTransfer(Transfer transfer) {
      this.transfer = transfer;
      return this;
    }

    /** Delivers batches on this device instead of where DJL's own iterator would. */
    public Builder optDevice(Device device) {
      this.device = device;
      return this;
    }

    /** Samples with {@code sampler} instead of with the dataset's own. */
    public Builder optSampler(Sampler sampler) {
      this.sampler = sampler;
      return this;
    }

    /** Makes the batches' managers children of {@code manager}, whose closing ends the loader. */
    public Builder optManager(NDManager manager) {
      this.manager = manager;
      return this;
    }

    /** Tells {@code decisions} of every change of a setting, on the thread that trains. */
    public Builder optDecisions(Consumer<Decision> decisions) {
      this.decisions = decisions;
      return this;
    }

    /**
     * Checks the options and makes them.
     *
     * @throws IllegalArgumentException if an option is out of its bounds; the message names option,
     *     bound and value
     */
    public SmartLoaderOptions build() {
      workers.ifPresent(value -> requireAtLeast(0, "optWorkers", value));
      requireAtLeast(1, "optMaxWorkers", maxWorkers);
      depth.ifPresent(value -> requireAtLeast(1, "optDepth", value));
      requireAtLeast(1, "optMaxDepth", maxDepth);
      requireAtLeast(1, "optMemoryCapBytes", memoryCapBytes);
      requireAtLeast(0, "optSkipBadRecords", skipBadRecords);
      return new SmartLoaderOptions(
          workers,
          maxWorkers,
          depth,
          maxDepth,
          memoryCapBytes,
          threadSafe,
          skipBadRecords,
          shareCores,
          transfer,
          Optional.ofNullable(device),
          Optional.ofNullable(sampler),
          Optional.ofNullable(manager),
          decisions);
    }

    private static void requireAtLeast(long bound, String option, long value) {
      if (value < bound) {
        throw new IllegalArgumentException(
            "%s must be at least %d, but is %d".formatted(option, bound, value));
      }
    }
  }
}
