package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import io.smartops.prefetch.MemoryHold;
import io.smartops.prefetch.PrefetchTask;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** DJL's fetch of one batch after another, as tasks that may run in parallel. */
final class LoaderSource implements Iterator<PrefetchTask<LoadedBatch>> {

  /** Builds the batch of some indices. */
  interface Builder {
    /**
     * See {@link PrefetchTask#build}; {@code progress} counts the records up to this batch. Each of
     * {@code watches} starts when it is got.
     */
    LoadedBatch build(
        List<Long> indices, long progress, Supplier<LoaderStopwatch> watches, MemoryHold hold)
        throws Exception;

    /** See {@link PrefetchTask#help}. */
    default boolean help(Supplier<LoaderStopwatch> watches) {
      return false;
    }
  }

  /** The batch of some indices. */
  private record Task(
      Builder builder, List<Long> indices, long progress, Supplier<LoaderStopwatch> watches)
      implements PrefetchTask<LoadedBatch> {
    @Override
    public LoadedBatch build(MemoryHold hold) throws Exception {
      return builder.build(indices, progress, watches, hold);
    }

    @Override
    public boolean help() {
      return builder.help(watches);
    }
  }

  /** So many builds are asked for their processor time at first, then one in some. */
  private static final int ASKED_FIRST = 16;

  private static final int ASKED_EACH = 4;

  private final Iterator<List<Long>> samples;
  private final Builder builder;
  private final LongSupplier nanoClock;
  private long progress;
  private long drawn;

  LoaderSource(LoaderRecipe recipe, Builder builder, LongSupplier nanoClock) {
    this.samples = recipe.sampler().sample(recipe.dataset());
    this.builder = builder;
    this.nanoClock = nanoClock;
  }

  static LoaderSource of(
      LoaderRecipe recipe,
      NDManager manager,
      LoaderTransfer transfer,
      LoaderSkips skips,
      LongSupplier nanoClock) {
    Builder builder =
        recipe.isBulk()
            ? new LoaderBulkBuilder(recipe, manager, transfer)
            : new LoaderRecordBuilder(recipe, manager, transfer, skips);
    return new LoaderSource(recipe, builder, nanoClock);
  }

  @Override
  public boolean hasNext() {
    return samples.hasNext();
  }

  @Override
  public PrefetchTask<LoadedBatch> next() {
    List<Long> indices = samples.next();
    progress += indices.size();
    long upToHere = progress;
    boolean asksCpu = drawn < ASKED_FIRST || drawn % ASKED_EACH == 0;
    drawn++;
    Supplier<LoaderStopwatch> watches = () -> new LoaderStopwatch(nanoClock, asksCpu);
    return new Task(builder, indices, upToHere, watches);
  }
}
