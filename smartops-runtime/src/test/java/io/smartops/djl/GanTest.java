package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two wrapped trainers in one collector: a generator that learns through its discriminator. The
 * discriminator's gradients of the generator's step stay and count in its own next step, in plain
 * DJL as here.
 */
class GanTest {
  private static final int BATCH = 32;
  private static final int NOISE = 3;
  private static final int FEATURES = 6;
  private static final int STEPS = 10;
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(BATCH).build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(BATCH / 8).build();

  /** Makes a trainer for one of the two models. */
  private interface Factory extends BiFunction<Model, DefaultTrainingConfig, Trainer> {}

  @ParameterizedTest(name = "labels go to forward: {0}")
  @ValueSource(booleans = {false, true})
  void bothModelsLearnAsInPlainDjl(boolean labelsToForward) {
    var plain = train(Model::newTrainer, Model::newTrainer, labelsToForward);
    var unsplit = train(wrapped(UNSPLIT), wrapped(UNSPLIT), labelsToForward);
    var split = train(wrapped(SPLIT), wrapped(SPLIT), labelsToForward);
    var onlyDiscriminator = train(wrapped(UNSPLIT), wrapped(SPLIT), labelsToForward);
    assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
    assertThat(Scenario.relativeDifference(plain, split)).isLessThan(1e-5);
    assertThat(Scenario.relativeDifference(plain, onlyDiscriminator)).isLessThan(1e-5);
  }

  private static Factory wrapped(SmartOpsConfig options) {
    return (model, config) -> SmartOps.trainer(model, config, options);
  }

  private static Scenario.Result train(
      Factory generators, Factory discriminators, boolean labelsToForward) {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    try (Model generator = model("generator", FEATURES);
        Model discriminator = model("discriminator", 1);
        Trainer g = generators.apply(generator, config());
        Trainer d = discriminators.apply(discriminator, config())) {
      g.initialize(new Shape(BATCH, NOISE));
      d.initialize(new Shape(BATCH, FEATURES));
      for (int i = 0; i < STEPS; i++) {
        try (NDManager scope = g.getManager().newSubManager()) {
          Step step = new Step(g, d, scope, new Random(i), labelsToForward);
          step.discriminator();
          step.generator();
        }
      }
      List<float[]> parameters = new ArrayList<>(Scenario.parameters(generator.getBlock()));
      parameters.addAll(Scenario.parameters(discriminator.getBlock()));
      return new Scenario.Result(parameters, List.of());
    }
  }

  private static Model model(String name, int outputs) {
    Supplier<Block> hidden = () -> Linear.builder().setUnits(8).build();
    Model model = Model.newInstance(name, "PyTorch");
    model.setBlock(
        new SequentialBlock()
            .add(hidden.get())
            .add(Activation.tanhBlock())
            .add(Linear.builder().setUnits(outputs).build()));
    return model;
  }

  private static DefaultTrainingConfig config() {
    Optimizer optimizer = Scenario.momentum().get();
    return new DefaultTrainingConfig(Loss.sigmoidBinaryCrossEntropyLoss()).optOptimizer(optimizer);
  }

  /** One step of each model. */
  private record Step(Trainer g, Trainer d, NDManager scope, Random random, boolean withLabels) {

    void discriminator() {
      NDList ones = new NDList(scope.ones(new Shape(BATCH, 1)));
      NDList zeros = new NDList(scope.zeros(new Shape(BATCH, 1)));
      try (GradientCollector collector = d.newGradientCollector()) {
        NDList fake = new NDList(g.forward(noise()).head().stopGradient());
        NDArray real = d.getLoss().evaluate(ones, forward(d, real(), ones));
        NDArray made = d.getLoss().evaluate(zeros, forward(d, fake, zeros));
        collector.backward(real.add(made));
      }
      d.step();
    }

    void generator() {
      NDList ones = new NDList(scope.ones(new Shape(BATCH, 1)));
      try (GradientCollector collector = g.newGradientCollector()) {
        NDList fake = g.forward(noise());
        collector.backward(d.getLoss().evaluate(ones, forward(d, fake, ones)));
      }
      g.step();
    }

    private NDList forward(Trainer trainer, NDList data, NDList labels) {
      return withLabels ? trainer.forward(data, labels) : trainer.forward(data);
    }

    private NDList noise() {
      return normal(NOISE, 0);
    }

    private NDList real() {
      return normal(FEATURES, 2);
    }

    private NDList normal(int columns, float mean) {
      float[] values = new float[BATCH * columns];
      for (int i = 0; i < values.length; i++) {
        values[i] = mean + (float) random.nextGaussian();
      }
      return new NDList(scope.create(values, new Shape(BATCH, columns)));
    }
  }
}
