package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * BatchNorm sees micro-batches where a batch is split. The running statistics are then those of one
 * update with the weighted mean of the micro-batches' statistics: momentum counts once.
 */
class BatchNormTest {
  private static final int STEPS = 5;
  private static final int FEATURES = 12;
  private static final int PART = 4;
  private static final double MOMENTUM = 0.9;
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH)
          .build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(PART).build();

  static Stream<Arguments> loops() {
    return Stream.of(
        Arguments.of("fused", (Scenario.Loop) ExactnessTest::easyTrain),
        Arguments.of("two-pass", (Scenario.Loop) ExactnessTest::manual),
        Arguments.of("trainBatch", (Scenario.Loop) ExactnessTest::trainBatch));
  }

  private static Scenario normFirst() {
    Scenario mlp = Scenarios.mlp();
    return new Scenario(
        "norm first",
        BatchNormTest::normFirstBlock,
        mlp.inputShapes(),
        mlp.data(),
        mlp.labels(),
        mlp.loss(),
        mlp.optimizer(),
        mlp.batchSize());
  }

  /** The statistics are those of the data itself, so that they can be computed by hand. */
  private static Block normFirstBlock() {
    return new SequentialBlock()
        .add(BatchNorm.builder().optMomentum((float) MOMENTUM).build())
        .add(Dropout.builder().optRate(0.3f).build())
        .add(Linear.builder().setUnits(5).build());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void unsplitIsBitForBit(String name, Scenario.Loop loop) {
    for (Scenario scenario : List.of(Scenarios.batchNormCnn(), normFirst())) {
      var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
      var smart = scenario.smart(UNSPLIT, STEPS, loop);
      assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
    }
  }

  /** Each step: r ← m·r + (1 − m)·Σ (n/N)·s, with the data's own statistics s. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void runningStatisticsAreTheDocumentedAverage(String name, Scenario.Loop loop) {
    double[] mean = new double[FEATURES];
    double[] variance = new double[FEATURES];
    Arrays.fill(variance, 1);
    Scenario.Loop checked =
        (trainer, batch, index) -> {
          loop.step(trainer, batch, index);
          float[] x = batch.getData().head().toFloatArray();
          for (int f = 0; f < FEATURES; f++) {
            update(mean, variance, f, x);
          }
          assertStatistics(trainer.getModel().getBlock(), mean, variance);
        };
    normFirst().smart(SPLIT, STEPS, checked);
  }

  private static void update(double[] mean, double[] variance, int feature, float[] x) {
    int parts = Scenarios.BATCH / PART;
    double averageMean = 0;
    double averageVariance = 0;
    for (int part = 0; part < parts; part++) {
      double sum = 0;
      double squares = 0;
      for (int i = part * PART; i < (part + 1) * PART; i++) {
        sum += x[i * FEATURES + feature];
      }
      for (int i = part * PART; i < (part + 1) * PART; i++) {
        squares += Math.pow(x[i * FEATURES + feature] - sum / PART, 2);
      }
      averageMean += sum / PART / parts;
      averageVariance += squares / (PART - 1) / parts;
    }
    mean[feature] = MOMENTUM * mean[feature] + (1 - MOMENTUM) * averageMean;
    variance[feature] = MOMENTUM * variance[feature] + (1 - MOMENTUM) * averageVariance;
  }

  private static void assertStatistics(Block block, double[] mean, double[] variance) {
    float[] actualMean = statistic(block, Parameter.Type.RUNNING_MEAN);
    float[] actualVariance = statistic(block, Parameter.Type.RUNNING_VAR);
    for (int f = 0; f < FEATURES; f++) {
      assertThat((double) actualMean[f]).isCloseTo(mean[f], within(1e-5));
      assertThat((double) actualVariance[f]).isCloseTo(variance[f], within(1e-5));
    }
  }

  private static float[] statistic(Block block, Parameter.Type type) {
    return block.getParameters().values().stream()
        .filter(p -> p.getType() == type)
        .findFirst()
        .orElseThrow()
        .getArray()
        .toFloatArray();
  }

  /** Gradients are those of the same micro-batches run by hand in plain DJL. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void splitIsThePlanWrittenOutInPlainDjl(String name, Scenario.Loop loop) {
    for (Scenario scenario : List.of(Scenarios.batchNormCnn(), normFirst())) {
      var reference = scenario.plain(STEPS, BatchNormTest::planWrittenOut);
      var smart = scenario.smart(SPLIT, STEPS, loop);
      assertThat(Scenario.relativeDifference(reference, smart)).isLessThan(1e-5);
    }
  }

  private static void planWrittenOut(Trainer trainer, Batch batch, int index) {
    List<NDArray> buffers = buffers(trainer.getModel().getBlock());
    List<float[]> before = buffers.stream().map(NDArray::toFloatArray).toList();
    List<float[]> average = before.stream().map(b -> new float[b.length]).toList();
    int parts = Scenarios.BATCH / PART;
    try (GradientCollector collector = trainer.newGradientCollector()) {
      for (int part = 0; part < parts; part++) {
        set(buffers, before);
        Seeds.apply(Seeds.of(index, part));
        String rows = part * PART + ":" + (part + 1) * PART;
        NDList predictions = trainer.forward(new NDList(batch.getData().head().get(rows)));
        NDList labels = new NDList(batch.getLabels().head().get(rows));
        collector.backward(trainer.getLoss().evaluate(labels, predictions).mul(1f / parts));
        add(average, buffers, 1f / parts);
      }
    }
    set(buffers, average);
    trainer.step();
  }

  private static List<NDArray> buffers(Block block) {
    List<NDArray> buffers = new ArrayList<>();
    for (Parameter parameter : block.getParameters().values()) {
      if (!parameter.requiresGradient()) {
        buffers.add(parameter.getArray());
      }
    }
    return buffers;
  }

  private static void set(List<NDArray> buffers, List<float[]> values) {
    for (int i = 0; i < values.size(); i++) {
      buffers.get(i).set(values.get(i));
    }
  }

  private static void add(List<float[]> sums, List<NDArray> buffers, float share) {
    for (int i = 0; i < sums.size(); i++) {
      float[] values = buffers.get(i).toFloatArray();
      for (int k = 0; k < values.length; k++) {
        sums.get(i)[k] += share * values[k];
      }
    }
  }

  /** Left to itself the trainer keeps a batch whole that fits: then it is as in plain DJL. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8, Scenarios.BATCH})
  void staysWholeWhileItFits(int samples) {
    SmartOpsConfig auto =
        SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optWarmStart(false).build();
    Scenario scenario = firstSamples(Scenarios.batchNormCnn(), samples);
    var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
    var smart =
        scenario.smart(
            auto,
            STEPS,
            ExactnessTest::easyTrain,
            Checkpoints.NONE,
            trainer -> assertThat(trainer.stats().wholeBatches()).isEqualTo(STEPS));
    assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
  }

  private static Scenario firstSamples(Scenario scenario, int samples) {
    return new Scenario(
        scenario.name(),
        scenario.block(),
        scenario.inputShapes(),
        (manager, step) -> first(scenario.data().apply(manager, step), samples),
        (manager, step) -> first(scenario.labels().apply(manager, step), samples),
        scenario.loss(),
        scenario.optimizer(),
        samples);
  }

  private static NDList first(NDList arrays, int samples) {
    return new NDList(
        arrays.stream().map(a -> a.get(new NDIndex().addSliceDim(0, samples))).toList());
  }
}
