package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsListener;
import io.smartops.StepReport;
import io.smartops.control.MicroBatchLimits;
import io.smartops.telemetry.DeviceSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Trains a scenario while memory runs out at chosen checkpoints, and keeps all that a run leaves
 * behind. The same run without failures is had from the plan that the failures led to.
 *
 * @param scenario what is trained
 * @param loop how the user trains it
 * @param limits bounds of the micro-batch; without readings of the device, its upper bound is the
 *     plan until a failure
 * @param batches logical batches
 * @param batchesPerStep logical batches whose gradients are summed before each optimizer step
 * @param precision the arithmetic
 */
record FailureRun(
    Scenario scenario,
    Scenario.Loop loop,
    MicroBatchLimits limits,
    int batches,
    int batchesPerStep,
    PrecisionPolicy precision) {

  FailureRun(
      Scenario scenario,
      Scenario.Loop loop,
      MicroBatchLimits limits,
      int batches,
      int batchesPerStep) {
    this(scenario, loop, limits, batches, batchesPerStep, PrecisionPolicy.FP32);
  }

  /** The same in another arithmetic. */
  FailureRun in(PrecisionPolicy other) {
    return new FailureRun(scenario, loop, limits, batches, batchesPerStep, other);
  }

  /** What libtorch says when memory runs out on the CPU. */
  static final String ALLOCATOR_TEXT =
      "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you"
          + " tried to allocate 4194304 bytes. Error code 12 (Cannot allocate memory)";

  /** One checkpoint that was reached. */
  record Reached(int batch, Phase phase, int index) {}

  /** A failure at the checkpoint {@code ordinal} (from 0, repetitions counted) of a batch. */
  record Failure(int batch, int ordinal) {}

  /** What is left after a run. */
  record Outcome(
      List<float[]> parameters,
      Map<String, Object> optimizer,
      Map<String, Float> evaluators,
      List<String> listenerCalls,
      List<String> plan,
      List<Integer> caps,
      List<Reached> reached,
      long failures) {

    /** All that the failures must not have changed. */
    void assertSameAs(Outcome clean, String description) {
      assertThat(plan).as("plan: " + description).isEqualTo(clean.plan);
      assertThat(digests(parameters))
          .as("parameters: " + description)
          .isEqualTo(digests(clean.parameters));
      assertThat(digests(optimizer))
          .as("optimizer: " + description)
          .isEqualTo(digests(clean.optimizer));
      assertThat(evaluators).as("evaluators: " + description).isEqualTo(clean.evaluators);
      assertThat(listenerCalls).as("listeners: " + description).isEqualTo(clean.listenerCalls);
    }

    /** Arrays by their digest, so that a difference can be read. */
    private static Object digests(Object value) {
      if (value instanceof float[] array) {
        return "%d values, digest %x".formatted(array.length, Arrays.hashCode(array));
      }
      if (value instanceof List<?> list) {
        return list.stream().map(Outcome::digests).toList();
      }
      if (value instanceof Map<?, ?> map) {
        Map<Object, Object> digests = new TreeMap<>();
        map.forEach((key, each) -> digests.put(key, digests(each)));
        return digests;
      }
      return value;
    }
  }

  static EngineException outOfMemory() {
    return new EngineException(ALLOCATOR_TEXT);
  }

  /** The run in which nothing fails. */
  Outcome clean() {
    return new Running(this, List.of(), List.of()).run();
  }

  /** The run in which nothing fails and each batch's micro-batch is bounded as said. */
  Outcome clean(List<Integer> caps) {
    return new Running(this, List.of(), caps).run();
  }

  /** The run with failures. */
  Outcome failing(List<Failure> failures) {
    return new Running(this, failures, List.of()).run();
  }

  /** One execution. */
  private static final class Running {
    private final FailureRun run;
    private final List<Failure> failures;
    private final List<Integer> caps;
    private final List<Reached> reached = new ArrayList<>();
    private final List<String> calls = new ArrayList<>();
    private final List<String> plan = new ArrayList<>();
    private final List<Integer> capsUsed = new ArrayList<>();
    private int batch;
    private int ordinal;

    Running(FailureRun run, List<Failure> failures, List<Integer> caps) {
      this.run = run;
      this.failures = failures;
      this.caps = caps;
    }

    Outcome run() {
      Engine.getInstance().setRandomSeed(Scenario.SEED);
      try (Model model = Model.newInstance(run.scenario.name(), "PyTorch")) {
        model.setBlock(run.scenario.block().get());
        DefaultTrainingConfig config = config(model);
        AdaptiveTrainer trainer = AdaptiveTrainer.create(model, config, options(), this::reach);
        try (trainer) {
          trainer.initialize(run.scenario.inputShapes().toArray(Shape[]::new));
          trainAll(trainer);
          assertThat(BoundaryCollector.current()).as("open collector").isEmpty();
          return outcome(trainer, config);
        }
      }
    }

    private DefaultTrainingConfig config(Model model) {
      return new DefaultTrainingConfig(run.scenario.loss().apply(model.getBlock()))
          .optOptimizer(run.scenario.optimizer().get())
          .addEvaluator(new Accuracy())
          .addTrainingListeners(new EvaluatorTrainingListener(), new Calls());
    }

    private SmartOpsConfig options() {
      SmartOpsConfig.Builder options =
          SmartOpsConfig.builder()
              .optPrecision(run.precision)
              .optTelemetry(() -> DeviceSnapshot.EMPTY)
              .optListener(
                  new SmartOpsListener() {
                    @Override
                    public void onStep(StepReport report) {
                      plan.add("%d of %d".formatted(report.microBatches(), report.microBatch()));
                    }
                  });
      return run.limits.isFixed()
          ? options.optMicroBatch(run.limits.max()).build()
          : options.optMicroBatchRange(run.limits.min(), run.limits.max()).build();
    }

    private void trainAll(AdaptiveTrainer trainer) {
      for (batch = 0; batch < run.batches; batch++) {
        if (!caps.isEmpty()) {
          PlanProbe.fixPlan(trainer, new MicroBatchLimits(1, caps.get(batch)));
        }
        ordinal = 0;
        try (Batch data =
            run.scenario.batch(trainer.getManager(), batch, run.scenario.batchSize())) {
          run.loop.step(trainer, data, batch);
        }
        if (batch % run.batchesPerStep == run.batchesPerStep - 1) {
          trainer.step();
        }
        capsUsed.add(PlanProbe.cap(trainer));
      }
    }

    private void reach(Phase phase, int index) {
      reached.add(new Reached(batch, phase, index));
      if (failures.contains(new Failure(batch, ordinal++))) {
        throw outOfMemory();
      }
    }

    private Outcome outcome(AdaptiveTrainer trainer, DefaultTrainingConfig config) {
      Map<String, Float> evaluators = new TreeMap<>();
      for (Evaluator evaluator : trainer.getEvaluators()) {
        evaluators.put(
            evaluator.getName(), evaluator.getAccumulator(EvaluatorTrainingListener.TRAIN_EPOCH));
      }
      List<String> ids =
          trainer.getModel().getBlock().getParameters().values().stream()
              .map(Parameter::getId)
              .toList();
      return new Outcome(
          Scenario.parameters(trainer.getModel().getBlock()),
          OptimizerProbe.state(config.getOptimizer(), ids),
          evaluators,
          List.copyOf(calls),
          List.copyOf(plan),
          List.copyOf(capsUsed),
          List.copyOf(reached),
          trainer.stats().outOfMemoryErrors());
    }

    /** Counts what a listener hears of. */
    private final class Calls extends TrainingListenerAdapter {
      @Override
      public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        calls.add("batch with " + new TreeSet<>(sizes(batchData)));
      }

      private List<Long> sizes(BatchData batchData) {
        return batchData.getPredictions().values().stream()
            .map(p -> p.head().getShape().get(0))
            .toList();
      }
    }
  }
}
