package io.smartops.benchmarks.compare;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.benchmarks.compare.Trial.Contender;
import io.smartops.examples.Workload;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.HostTelemetry;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Runs a trial in this process. */
final class TrialRun {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final long SECONDS_TO_STOP = 30;

  private final Workload workload;
  private final Trial trial;
  private final Optional<MemoryGroup> group;

  /**
   * A run.
   *
   * @param group this process's, if its memory is to be limited
   */
  TrialRun(Workload workload, Trial trial, Optional<MemoryGroup> group) {
    this.workload = workload;
    this.trial = trial;
    this.group = group;
  }

  Outcome run() throws IOException, TranslateException {
    SmartOps.mendEngine(); // so that all contenders compute the same
    Engine.getInstance().setRandomSeed(trial.seed());
    LastLoss loss = new LastLoss();
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(workload.loss())
            .optOptimizer(workload.optimizer(trial.steps()))
            .addTrainingListeners(loss);
    Optional<ExecutorService> loaders = loaders();
    loaders.ifPresent(config::optExecutorService);
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance(workload.name())) {
      model.setBlock(workload.newBlock());
      RandomAccessDataset dataset = Feed.dataset(workload, trial, manager);
      DeviceSnapshot before = HostTelemetry.create().read();
      if (trial.headroomBytes() > 0) {
        group.orElseThrow().limitTo(trial.headroomBytes());
      }
      try (Trainer trainer = trainer(model, config)) {
        trainer.initialize(workload.inputShape());
        return train(trainer, dataset, loss, before);
      } finally {
        // Arrays must not be freed under the feet of a thread that still fills them.
        loaders.ifPresent(TrialRun::stop);
      }
    }
  }

  private Optional<ExecutorService> loaders() {
    int workers = trial.setting().workers();
    return trial.contender() == Contender.STATIC && workers > 0
        ? Optional.of(Executors.newFixedThreadPool(workers))
        : Optional.empty();
  }

  private Trainer trainer(Model model, DefaultTrainingConfig config) {
    return switch (trial.contender()) {
      case PLAIN -> model.newTrainer(config);
      case SMART -> SmartOps.trainer(model, config);
      case STATIC -> fixed(model, config);
    };
  }

  /** Without a wrapper where DJL alone can do it: the rival must not pay for our bookkeeping. */
  private Trainer fixed(Model model, DefaultTrainingConfig config) {
    Setting setting = trial.setting();
    if (setting.precision() == PrecisionPolicy.FP32) {
      return model.newTrainer(config);
    }
    SmartOpsConfig everythingFixed =
        SmartOpsConfig.builder()
            .optMicroBatch(setting.microBatch())
            .optPrecision(setting.precision())
            .optLoader(loading(setting))
            .build();
    return SmartOps.trainer(model, config, everythingFixed);
  }

  private static SmartLoaderOptions loading(Setting setting) {
    return SmartLoaderOptions.builder()
        .optWorkers(setting.workers())
        .optDepth(Math.max(1, setting.depth()))
        .optShareCores(false)
        .build();
  }

  private Outcome train(
      Trainer trainer, RandomAccessDataset dataset, LastLoss loss, DeviceSnapshot before)
      throws IOException, TranslateException {
    Batches batches = new Batches(trainer, dataset);
    long start = System.nanoTime();
    long warm = start;
    for (int step = 0; step < trial.steps(); step++) {
      if (step == trial.warmUpSteps()) {
        warm = System.nanoTime();
      }
      loss.keep(step == trial.steps() - 1);
      step(trainer, batches);
    }
    long end = System.nanoTime();
    return outcome(
        trainer,
        rate(trial.steps() - trial.warmUpSteps(), end - warm),
        rate(trial.steps(), end - start),
        loss.mean(),
        before);
  }

  /** As many loaded batches as make a logical one; DJL adds up their gradients. */
  private void step(Trainer trainer, Batches batches) throws IOException, TranslateException {
    for (int samples = 0; samples < trial.batchSize(); ) {
      try (Batch batch = batches.next()) {
        EasyTrain.trainBatch(trainer, batch);
        samples += batch.getSize();
      }
    }
    trainer.step();
  }

  private double rate(int steps, long nanos) {
    return steps * (double) trial.batchSize() * NANOS_PER_SECOND / nanos;
  }

  private Outcome outcome(
      Trainer trainer, double rate, double wholeRate, double loss, DeviceSnapshot before) {
    Optional<SmartOpsStats> stats =
        trainer instanceof SmartTrainer smart ? Optional.of(smart.stats()) : Optional.empty();
    long peakBytes = HostTelemetry.create().read().peakBytes().orElse(0);
    return new Outcome(
        "",
        rate,
        wholeRate,
        loss,
        peakBytes - before.usedBytes().orElse(0),
        peakBytes,
        stats.map(SmartOpsStats::outOfMemoryErrors).orElse(0L),
        stats.map(each -> each.decisions().size()).orElse(0),
        stats.map(SmartOpsStats::microBatch).orElse(trial.setting().microBatch()));
  }

  private static void stop(ExecutorService loaders) {
    loaders.shutdown();
    try {
      if (!loaders.awaitTermination(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a loader thread does not stop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Full batches, pass after pass: the rest of a pass is no step. */
  private static final class Batches {
    private final Trainer trainer;
    private final RandomAccessDataset dataset;
    private Iterator<Batch> pass;

    Batches(Trainer trainer, RandomAccessDataset dataset) throws IOException, TranslateException {
      this.trainer = trainer;
      this.dataset = dataset;
      this.pass = trainer.iterateDataset(dataset).iterator();
    }

    Batch next() throws IOException, TranslateException {
      if (!pass.hasNext()) {
        pass = trainer.iterateDataset(dataset).iterator();
      }
      return pass.next();
    }
  }
}
