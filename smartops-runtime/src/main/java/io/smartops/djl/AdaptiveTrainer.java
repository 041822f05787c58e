package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.listener.TrainingListener.BatchData;
import ai.djl.translate.TranslateException;
import io.smartops.LossFunction;
import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsException;
import io.smartops.SmartOpsListener;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.control.Precision;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Tapes;
import io.smartops.loop.RunLog;
import io.smartops.report.Watch;
import io.smartops.report.journal.Journal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * DJL's trainer with each of its phases taken over: forward, loss and backward go through a {@link
 * Boundary}, the optimizer step through a {@link TransactionalParameterServer}, evaluation through
 * {@link Evaluation}. What is decided is decided in {@code io.smartops.control}.
 *
 * <p>It has a parameter store of its own, since DJL's is private; the inherited one stays empty.
 */
public final class AdaptiveTrainer extends SmartTrainer {
  /** Attempts at one optimizer step, each after memory was given back. */
  private static final int STEP_ATTEMPTS = 4;

  private final ParameterStore store;
  private final TransactionalParameterServer server;
  private final OptimizerState optimizerState;
  private final Map<Device, Lane> lanes;
  private final LossScale lossScale = new LossScale();
  private final RunLog log;
  private final AdaptiveLoader loader;
  private final LossFunction ownLoss;
  private final @Nullable InFlight inFlight;
  private final @Nullable Journal journal;
  private final Watch watch;
  private final Optional<Accumulation> accumulation;
  private boolean gradientsSeen;
  private boolean halfStepped;
  private boolean closed;

  private AdaptiveTrainer(
      Model model,
      TrainingConfig config,
      GuardedLoss loss,
      @Nullable InFlight inFlight,
      SmartOpsConfig options,
      Checkpoints checkpoints,
      Function<Device, Autocast> autocasts) {
    super(model, new GuardedConfig(config, loss, inFlight, options.amplify().isPresent()));
    this.optimizerState = new OptimizerState(config.getOptimizer());
    Optional<LearningRateScale> learningRate = options.amplify().map(a -> learningRate());
    this.inFlight = inFlight;
    this.ownLoss = loss.function();
    this.journal = options.journal().map(Journal::new).orElse(null);
    List<SmartOpsListener> listeners = new ArrayList<>(options.listeners());
    if (journal != null) {
      listeners.add(journal);
    }
    this.watch =
        Watch.start(options.watch(), Stream.of(getDevices()).map(Device::toString).toList());
    listeners.addAll(watch.listeners());
    this.log = new RunLog(listeners, System::nanoTime, journal == null ? Tapes.NONE : journal);
    this.server =
        new TransactionalParameterServer(
            config.getOptimizer(), optimizerState, getManager(), checkpoints);
    this.store = new ParameterStore(getManager(), false);
    this.store.setParameterServer(server, getDevices());
    Lanes making =
        new Lanes(model, options, store, getManager(), log, checkpoints, lossScale, autocasts);
    this.lanes = making.on(getDevices());
    this.loader = TrainerData.loader(getManager(), options, log, making.keepBits());
    this.accumulation =
        learningRate.flatMap(rate -> options.amplify().map(a -> accumulation(a, rate)));
  }

  private LearningRateScale learningRate() {
    if (getDevices().length > 1) {
      throw new IllegalArgumentException(
          "optAmplify works on one device, but the trainer has " + List.of(getDevices()));
    }
    return new LearningRateScale(optimizerState.optimizers());
  }

  private Accumulation accumulation(SmartOpsConfig.Amplify amplify, LearningRateScale rate) {
    Setup.Amplifying setup = new Setup.Amplifying(amplify.maxLogicalBatch(), amplify.rule());
    return new Accumulation(
        setup.controller(),
        lanes.values().iterator().next().gradients(),
        rate,
        log,
        log.tape("logical batch", setup));
  }

  /**
   * Makes a trainer; see {@code SmartOps.trainer}.
   *
   * @throws IllegalArgumentException if the model cannot be trained here
   */
  public static AdaptiveTrainer create(Model model, TrainingConfig config, SmartOpsConfig options) {
    return create(model, config, options, Checkpoints.NONE);
  }

  static AdaptiveTrainer create(
      Model model, TrainingConfig config, SmartOpsConfig options, Checkpoints checkpoints) {
    return create(model, config, options, checkpoints, Autocast::on);
  }

  static AdaptiveTrainer create(
      Model model,
      TrainingConfig config,
      SmartOpsConfig options,
      Checkpoints checkpoints,
      Function<Device, Autocast> autocasts) {
    Preconditions.check(model, config);
    CacheSizes.mend();
    // DJL sets initializers and unfreezes a loaded model when it makes a trainer: let it.
    model.newTrainer(GuardedConfig.withoutListeners(config)).close();
    WatchedResources.watch(model.getNDManager());
    ExecutorService executor = config.getExecutorService();
    InFlight inFlight =
        executor == null || config.getDevices().length == 1 ? null : new InFlight(executor);
    GuardedLoss loss = new GuardedLoss(config.getLossFunction(), inFlight);
    return new AdaptiveTrainer(model, config, loss, inFlight, options, checkpoints, autocasts);
  }

  @Override
  public void initialize(Shape... shapes) {
    getModel().getBlock().initialize(getModel().getNDManager(), getModel().getDataType(), shapes);
    for (Parameter parameter : getModel().getBlock().getParameters().values()) {
      for (Device device : getDevices()) {
        store.getValue(parameter, device, true);
      }
    }
    if (watch.wantsCompute()) {
      watch.compute(ModelCompute.of(getModel(), getDevices(), watch, shapes));
    }
  }

  /**
   * The batches that DJL's own iterator without an executor gives, built ahead as far as that pays.
   * The training configuration's executor computes the shares of several devices, and loads
   * nothing.
   */
  @Override
  public Iterable<Batch> iterateDataset(Dataset dataset) throws IOException, TranslateException {
    return new TimedBatches(
        loader.iterate(dataset),
        nanos -> {
          log.waitedForData(nanos);
          log.loader(loader.state(dataset));
        });
  }

  @Override
  public GradientCollector newGradientCollector() {
    giveUpHalfStep();
    log.stepOpened();
    return BoundaryCollector.open(this::joinShares);
  }

  private void joinShares() {
    if (inFlight != null) {
      inFlight.join();
    }
  }

  @Override
  public NDList forward(NDList data) {
    return forward(data, null, ownLoss);
  }

  @Override
  public NDList forward(NDList data, NDList labels) {
    return forward(data, labels, ownLoss);
  }

  private NDList forward(NDList data, @Nullable NDList labels, LossFunction loss) {
    long begin = System.nanoTime();
    try {
      Lane lane = laneOf(data);
      Optional<BoundaryCollector> collector = BoundaryCollector.current();
      if (collector.isEmpty()) {
        return lane.forward(Precision.FP32, data, labels);
      }
      Preconditions.checkSamples(data);
      return shared(() -> collector.get().forward(lane, data, labels, loss));
    } finally {
      addMetric("forward", begin);
    }
  }

  @Override
  public NDList evaluate(NDList input) {
    Lane lane = laneOf(input);
    if (BoundaryCollector.current().isPresent()) {
      return lane.evaluate(input); // someone may want gradients through it
    }
    Preconditions.checkSamples(input);
    applyHeld();
    log.evaluating();
    return shared(
        () -> {
          lane.lock().lock();
          try {
            return Tensors.withoutGraph(() -> new Evaluation(lane, input).run());
          } finally {
            lane.lock().unlock();
          }
        });
  }

  @Override
  public void step() {
    if (!gradientsSeen) {
      checkGradients();
    }
    if (lossScale.mustSkip()) {
      skipStep();
      return;
    }
    if (accumulation.isEmpty() || accumulation.get().isDue()) {
      update();
    }
  }

  /** Makes the update that was held back, if there is one. */
  void applyHeld() {
    if (accumulation.filter(Accumulation::isHolding).isPresent()) {
      update();
    }
  }

  private void update() {
    long begin = System.nanoTime();
    accumulation.ifPresent(Accumulation::prepare);
    halfStepped = true;
    for (int attempt = 1; !tryStep(attempt); attempt++) {
      lanes.values().forEach(lane -> lane.releaseMemory());
    }
    giveUpHalfStep();
    lanes.values().forEach(lane -> lane.gradients().used());
    lossScale.applied();
    accumulation.ifPresent(a -> a.applied(log.step()));
    log.stepDone();
    addMetric("step", begin);
  }

  /** Gradients that are not finite are dropped; the optimizer does not hear of the step. */
  private void skipStep() {
    giveUpHalfStep();
    lanes.values().forEach(lane -> lane.gradients().clear());
    lanes.values().forEach(lane -> lane.gradients().used());
    accumulation.ifPresent(Accumulation::forget);
    log.stepSkipped(lossScale.skipped(log.step()));
  }

  /**
   * After a step that failed for good, step() goes on where it stopped, until new gradients come.
   */
  private void giveUpHalfStep() {
    if (halfStepped) {
      server.end();
      halfStepped = false;
    }
  }

  private boolean tryStep(int attempt) {
    try {
      store.updateAllParameters();
      return true;
    } catch (RuntimeException | OutOfMemoryError e) {
      if (e instanceof SmartOpsException || !OutOfMemory.is(e)) {
        throw e; // our own exceptions say what cannot be repeated
      }
      log.outOfMemory(
          new OutOfMemoryEvent(log.step(), Phase.STEP, 0, String.valueOf(e.getMessage())));
      if (attempt == STEP_ATTEMPTS) {
        throw new SmartOpsException(
            "memory ran out in the optimizer's step %d times in a row. Some parameters, or parts of"
                    .formatted(attempt)
                + " them, were updated and others were not: call step() again once memory is free,"
                + " which goes on where it stopped and updates nothing twice",
            e);
      }
      return false;
    }
  }

  private void checkGradients() {
    boolean none = lanes.values().stream().allMatch(lane -> lane.gradients().isUntouched());
    if (none && lanes.values().stream().allMatch(lane -> lane.gradients().isAllZero())) {
      throw new IllegalStateException(
          "step() was called before any backward pass: all gradients are zero. Call"
              + " collector.backward(loss), or trainBatch(batch), first");
    }
    gradientsSeen = true;
  }

  @Override
  public NDArray trainBatch(Batch batch) {
    return trainBatch(batch, ownLoss);
  }

  @Override
  public NDArray trainBatch(Batch batch, LossFunction loss) {
    Preconditions.check(batch, this);
    Batch[] shares = batch.split(getDevices(), false);
    BatchData batchData =
        new BatchData(batch, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    List<NDArray> losses;
    try (GradientCollector collector = newGradientCollector()) {
      losses = new Shares(this, batchData, collector, loss, inFlight).train(shares);
    }
    notifyListeners(listener -> listener.onTrainingBatch(this, batchData));
    return Shares.sum(losses, batch.getManager());
  }

  /** Computes one device's share of a batch. */
  NDArray trainShare(
      Batch share, BatchData batchData, GradientCollector collector, LossFunction loss) {
    NDList predictions = forward(share.getData(), share.getLabels(), loss);
    long begin = System.nanoTime();
    NDArray value = shared(() -> BoundaryCollector.evaluate(loss, share.getLabels(), predictions));
    shared(
        () -> {
          collector.backward(value);
          return value;
        });
    addMetric("backward", begin);
    begin = System.nanoTime();
    Device device = predictions.head().getDevice();
    batchData.getLabels().put(device, share.getLabels());
    batchData.getPredictions().put(device, predictions);
    addMetric("training-metrics", begin);
    return value;
  }

  @Override
  public SmartOpsStats stats() {
    return log.stats();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    loader.close();
    if (!getDevices()[0].isGpu()) {
      watch.compute().ifPresent(first -> watch.compute(ModelCompute.again(first, getModel())));
    }
    accumulation.ifPresent(Accumulation::close);
    optimizerState.endWith(
        getModel().getBlock().getParameters().values().stream().map(Parameter::getId).toList(),
        getModel().getNDManager());
    store.sync();
    super.close();
    lanes.values().forEach(Lane::close);
    if (journal != null) {
      journal.close();
    }
    watch.close();
  }

  private Lane laneOf(NDList data) {
    Preconditions.checkNotEmpty(data);
    Lane lane = lanes.get(data.head().getDevice());
    if (lane == null) {
      throw new IllegalArgumentException(
          "the data is on %s, but the trainer's devices are %s: move the batch there, or set"
                  .formatted(data.head().getDevice(), lanes.keySet())
              + " optDevices in the training configuration");
    }
    return lane;
  }

  /** Work of one share, whose failure must reach the thread that waits for all shares. */
  private <T> T shared(Supplier<T> work) {
    return InFlight.reporting(inFlight, work);
  }
}
