package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import io.smartops.LoaderState;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartLoaderStats;
import io.smartops.control.Decision;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderLimits;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Tape;
import io.smartops.loop.IdleCores;
import io.smartops.loop.LoaderLoop;
import io.smartops.prefetch.PrefetchEngine;
import io.smartops.prefetch.PrefetchOptions;
import io.smartops.prefetch.PrefetchSettings;
import io.smartops.prefetch.PrefetchTask;
import java.io.IOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens adaptive passes over datasets, and remembers for each dataset what was learnt. One serves
 * one trainer or one {@code SmartLoader}.
 *
 * <p>Thread-safe; each pass belongs to one thread.
 */
public final class AdaptiveLoader implements AutoCloseable {
  private static final LongSupplier CLOCK = System::nanoTime;

  private final NDManager parent;
  private final SmartLoaderOptions options;
  private final Consumer<Decision> decisions;
  private final Function<Setup.Loading, Tape> tapes;
  private final IdleCores idleCores = new IdleCores(CLOCK);
  private final Map<Dataset, LoaderMemory> memories = new WeakHashMap<>();
  private final Set<LoaderPass> passes = Collections.newSetFromMap(new WeakHashMap<>());
  private final ExecutorService workers;
  private boolean closed;

  /**
   * Makes a loader; nothing is started before {@link #iterate}.
   *
   * @param parent parent of every batch's manager; its closing ends every pass
   * @param options the options, but for their manager and listener, which are the caller's matter
   * @param decisions hears of every change of a setting, on the thread that trains
   */
  public AdaptiveLoader(
      NDManager parent, SmartLoaderOptions options, Consumer<Decision> decisions) {
    this(parent, options, decisions, setup -> Tape.NONE);
  }

  /** The same, with a tape for the controller of each dataset. */
  AdaptiveLoader(
      NDManager parent,
      SmartLoaderOptions options,
      Consumer<Decision> decisions,
      Function<Setup.Loading, Tape> tapes) {
    this.parent = parent;
    this.options = options;
    this.decisions = decisions;
    this.tapes = tapes;
    this.workers = LoaderThreads.forWorkers(parent);
  }

  /**
   * Begins a pass: prepares the dataset, samples, and starts to build. The result can be gone
   * through once, as DJL's; it is {@code AutoCloseable}, and ends by itself with the data.
   *
   * @param dataset the dataset
   * @return the batches that DJL's own iterator without an executor would give
   * @throws IOException if the dataset cannot be prepared
   * @throws TranslateException if the dataset cannot be prepared
   */
  public Iterable<Batch> iterate(Dataset dataset) throws IOException, TranslateException {
    Optional<LoaderRecipe> recipe = LoaderRecipe.of(dataset, options.sampler());
    if (recipe.isPresent()) {
      dataset.prepare();
    }
    boolean parallel = recipe.isPresent() && options.threadSafe();
    LoaderMemory memory = memory(dataset, parallel);
    NDManager manager = ownManager();
    try {
      LoaderGear gear = gear(dataset, recipe, manager, memory, parallel);
      boolean endsUnannounced = recipe.isEmpty() || options.skipBadRecords() > 0;
      return new LoaderBatches(begin(manager, gear, memory, endsUnannounced));
    } catch (IOException | TranslateException | RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private synchronized LoaderPass begin(
      NDManager manager, LoaderGear gear, LoaderMemory memory, boolean endsUnannounced) {
    if (closed) {
      throw new IllegalStateException("the loader is closed: make a new one");
    }
    LoaderPass pass = LoaderPass.begin(parent, manager, gear, memory, endsUnannounced);
    passes.add(pass);
    return pass;
  }

  private LoaderGear gear(
      Dataset dataset,
      Optional<LoaderRecipe> recipe,
      NDManager manager,
      LoaderMemory memory,
      boolean parallel)
      throws IOException, TranslateException {
    Consumer<Decision> journal =
        decision -> {
          memory.note(decision);
          decisions.accept(decision);
        };
    LoaderSkips skips = new LoaderSkips(options.skipBadRecords());
    LoaderTransfer transfer =
        new LoaderTransfer(device(recipe), options.transfer(), LoaderTransfer.Link.DJL, CLOCK);
    Iterator<PrefetchTask<LoadedBatch>> source =
        recipe.isPresent()
            ? LoaderSource.of(recipe.get(), manager, transfer, skips, CLOCK)
            : new LoaderPlainSource(dataset, manager, CLOCK);
    PrefetchEngine<LoadedBatch> engine = engine(source, memory.controller(), !parallel);
    LoaderThreads threads = new LoaderThreads(parent);
    LoaderLoop<LoadedBatch> loop =
        new LoaderLoop<>(
            engine,
            memory.controller(),
            LoadedBatch::times,
            CLOCK,
            idleCores,
            threads,
            journal,
            memory.tape());
    return new LoaderGear(engine, loop, skips, transfer, threads, journal);
  }

  private PrefetchEngine<LoadedBatch> engine(
      Iterator<PrefetchTask<LoadedBatch>> source, LoaderController controller, boolean exclusive) {
    PrefetchOptions fixed = new PrefetchOptions(options.memoryCapBytes(), exclusive, workers);
    PrefetchSettings first =
        new PrefetchSettings(controller.plan().workers(), controller.plan().depth());
    return new PrefetchEngine<>(source, first, fixed, LoadedBatch::bytes, LoadedBatch::close);
  }

  private @Nullable Device device(Optional<LoaderRecipe> recipe) {
    return options.device().orElse(recipe.map(LoaderRecipe::device).orElse(null));
  }

  /** A manager that the parent knows only through its pass, so that workers end before it does. */
  private NDManager ownManager() {
    NDManager manager = parent.newSubManager();
    parent.detachInternal(LoaderManagers.idOf(manager));
    manager.setName("dataIter");
    return manager;
  }

  private synchronized LoaderMemory memory(Dataset dataset, boolean parallel) {
    return memories.computeIfAbsent(
        dataset,
        d -> {
          Setup.Loading setup = new Setup.Loading(limits(parallel));
          return new LoaderMemory(setup.controller(), tapes.apply(setup), options.memoryCapBytes());
        });
  }

  private LoaderLimits limits(boolean parallel) {
    int mostWorkers = parallel ? options.maxWorkers() : 1;
    return new LoaderLimits(
        Math.min(mostWorkers, options.workers().orElse(0)),
        Math.min(mostWorkers, options.workers().orElse(mostWorkers)),
        options.depth().orElse(1),
        options.depth().orElse(options.maxDepth()),
        options.memoryCapBytes(),
        Runtime.getRuntime().availableProcessors(),
        LoaderThreads.libtorchThreads(parent),
        options.shareCores());
  }

  /** The settings in force for {@code dataset}. */
  LoaderState state(Dataset dataset) {
    LoaderController controller = memory(dataset, options.threadSafe()).controller();
    synchronized (controller) {
      return new LoaderState(controller.plan().workers(), controller.plan().depth());
    }
  }

  /** What has been done with {@code dataset} so far. */
  public SmartLoaderStats stats(Dataset dataset) {
    return memory(dataset, options.threadSafe()).stats();
  }

  /** Ends every pass and frees every batch that is still open. */
  @Override
  public void close() {
    Set<LoaderPass> open;
    synchronized (this) {
      closed = true;
      open = Set.copyOf(passes);
    }
    open.forEach(LoaderPass::close);
    workers.shutdown();
  }
}
