package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.telemetry.DeviceSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Trains in a process whose address space ends within the optimizer's native updates, at places
 * drawn anew for each step. Prints how often memory ran out, and whether parameters, moments and
 * counts are, bit for bit, those of a run in which it did not. Plain DJL trains until it dies.
 */
public final class SqueezedStep {
  private static final int STEPS = 60;
  private static final int BATCH = 8;

  /** Of the parameter that is one slice. */
  private static final int SMALL_BYTES = 192_000;

  /** Of a slice of the parameter that is many: 21 rows of 3,000 columns. */
  private static final int SLICE_BYTES = 252_000;

  private static final Map<String, Function<Tracker, Optimizer>> OPTIMIZERS =
      Map.of(
          "sgd",
          rate -> Optimizer.sgd().setLearningRateTracker(rate).build(),
          "momentum",
          rate -> Optimizer.sgd().setLearningRateTracker(rate).optMomentum(0.9f).build(),
          "adam",
          rate -> Optimizer.adam().optLearningRateTracker(rate).build(),
          "adamw",
          rate -> Optimizer.adamW().optLearningRateTracker(rate).optWeightDecays(0.1f).build());

  private SqueezedStep() {}

  public static void main(String[] arguments) {
    Function<Tracker, Optimizer> optimizer = OPTIMIZERS.get(arguments[1]);
    if (arguments[0].equals("plain")) {
      trainPlain(optimizer);
    } else {
      trainSmart(optimizer);
    }
  }

  private static void trainSmart(Function<Tracker, Optimizer> optimizer) {
    List<Object> calm = new ArrayList<>();
    List<Object> squeezed = new ArrayList<>();
    train(optimizer, true, new AddressSpace(false), calm);
    AddressSpace space = new AddressSpace(true);
    train(optimizer, true, space, squeezed);
    System.out.println("smallFailures=" + space.failures(SMALL_BYTES));
    System.out.println("largeFailures=" + space.failures(SLICE_BYTES));
    System.out.println("same=" + (Arrays.deepEquals(calm.toArray(), squeezed.toArray()) ? 1 : 0));
  }

  private static void trainPlain(Function<Tracker, Optimizer> optimizer) {
    AddressSpace space = new AddressSpace(true);
    try {
      train(optimizer, false, space, new ArrayList<>());
      System.out.println("died=0");
    } catch (EngineException e) {
      space.lift();
      System.out.println("died=" + (OutOfMemory.is(e) ? 1 : 0));
    }
  }

  private static void train(
      Function<Tracker, Optimizer> making, boolean smart, AddressSpace space, List<Object> result) {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    Optimizer optimizer = making.apply(space);
    try (Model model = Model.newInstance("squeezed", "PyTorch")) {
      model.setBlock(block());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(optimizer);
      try (Trainer trainer =
          smart ? SmartOps.trainer(model, config, options(space)) : model.newTrainer(config)) {
        trainer.initialize(new Shape(BATCH, 16));
        train(trainer, space);
        List<Parameter> parameters = model.getBlock().getParameters().values();
        parameters.forEach(p -> result.add(p.getArray().toFloatArray()));
        List<String> ids = parameters.stream().map(Parameter::getId).toList();
        OptimizerProbe.state(optimizer, ids).values().forEach(value -> flatten(value, result));
      }
    }
  }

  private static void flatten(Object value, List<Object> result) {
    if (value instanceof List<?> values) {
      values.forEach(each -> flatten(each, result));
    } else {
      result.add(value);
    }
  }

  private static void train(Trainer trainer, AddressSpace space) {
    for (int step = 0; step < STEPS; step++) {
      try (Batch batch = LimitedTraining.batch(trainer.getManager().newSubManager(), BATCH)) {
        EasyTrain.trainBatch(trainer, batch);
        space.nextStep();
        trainer.step();
        space.lift();
      }
    }
  }

  /** A weight that is one slice and one that is many, besides some far smaller ones. */
  private static SequentialBlock block() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(SMALL_BYTES / 16 / Float.BYTES).build())
        .add(Activation.tanhBlock())
        .add(Linear.builder().setUnits(250).build())
        .add(Activation.tanhBlock())
        .add(Linear.builder().setUnits(5).build());
  }

  private static SmartOpsConfig options(AddressSpace space) {
    return SmartOpsConfig.builder()
        .optPrecision(PrecisionPolicy.FP32)
        .optTelemetry(() -> DeviceSnapshot.EMPTY)
        .optListener(space)
        .build();
  }
}
