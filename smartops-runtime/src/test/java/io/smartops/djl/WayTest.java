package io.smartops.djl;

import static ai.djl.ndarray.types.DataType.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Which way a batch goes through a step: chosen by proof, never fused where samples are coupled.
 */
class WayTest {
  private static final int STEPS = 6;
  private static final int PARTS = 8;
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH / PARTS)
          .build();

  @Test
  void wholeWhereNothingIsSplit() {
    SmartOpsConfig whole =
        SmartOpsConfig.builder()
            .optPrecision(PrecisionPolicy.FP32)
            .optMicroBatch(Scenarios.BATCH)
            .build();
    Ways ways = ways(Scenarios.mlp(), whole, ExactnessTest::easyTrain);
    assertThat(ways.stats()).isEqualTo(List.of(STEPS, 0, 0));
    assertThat(ways.forwards()).isEqualTo(STEPS);
  }

  @Test
  void meanIsFusedFromTheStart() {
    Ways ways = ways(Scenarios.mlp(), SPLIT, ExactnessTest::easyTrain);
    assertThat(ways.stats()).isEqualTo(List.of(0, STEPS, 0));
    assertThat(ways.forwards()).isEqualTo(STEPS * PARTS);
  }

  @Test
  void sumIsFusedAfterOneCorrection() {
    Scenario sum = Scenarios.mlp().withLoss("sum", b -> new Scenarios.SumLoss());
    Ways ways = ways(sum, SPLIT, ExactnessTest::easyTrain);
    assertThat(ways.stats()).isEqualTo(List.of(0, STEPS, 0));
    assertThat(ways.forwards()).isEqualTo((STEPS + 1) * PARTS);
  }

  @Test
  void coupledIsNeverFused() {
    Scenario coupled =
        Scenarios.mlp().withLoss("contrastive", b -> new Scenarios.ContrastiveLoss());
    assertThat(ways(coupled, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, 0, STEPS));
  }

  @Test
  void weightedByTokensIsFusedAfterOneCorrection() {
    Scenario weighted = Scenarios.mlp().withLoss("weighted", b -> new Scenarios.WeightedLoss());
    Ways ways = ways(weighted, SPLIT, ExactnessTest::easyTrain);
    assertThat(ways.stats()).isEqualTo(List.of(0, STEPS, 0));
    assertThat(ways.forwards()).isEqualTo((STEPS + 1) * PARTS);
  }

  /** Weights that no label tells: found out when they are tried. */
  @Test
  void weightedByPredictionsIsNeverFused() {
    Scenario weighted =
        Scenarios.mlp().withLoss("weighted by predictions", b -> new SelfWeightedLoss());
    assertThat(ways(weighted, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, 0, STEPS));
  }

  /** Weights that cannot be asked for without the model's own predictions. */
  @Test
  void aLossThatTakesNoOtherPredictionsIsNeverFused() {
    Scenario weighted = Scenarios.mlp().withLoss("picky", b -> new PickyLoss());
    assertThat(ways(weighted, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, 0, STEPS));
  }

  /** Weighted by labels, but refuses predictions that are all chances. */
  private static final class PickyLoss extends Loss {
    private final Loss weighted = new Scenarios.WeightedLoss();

    PickyLoss() {
      super("picky");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      if (predictions.head().gt(0).all().getBoolean()) {
        throw new IllegalArgumentException("logits are expected");
      }
      return weighted.evaluate(labels, predictions);
    }
  }

  /** The sum over samples, and how many there are in the mean of the predictions' scale. */
  private static final class SelfWeightedLoss extends Loss {
    SelfWeightedLoss() {
      super("weighted by predictions");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray scale = predictions.head().stopGradient().abs().sum();
      return Scenarios.crossEntropy(labels, predictions).sum().div(scale);
    }
  }

  /** Equal weights in the first batch, as if there were no padding; unequal ones from then on. */
  @Test
  void weightsThatDifferOnlyLaterAreFoundThen() {
    Scenario weighted =
        new Scenario(
            "padding comes later",
            Scenarios.mlp().block(),
            Scenarios.mlp().inputShapes(),
            Scenarios.mlp().data(),
            (m, seed) ->
                seed == Scenario.SEED + 1
                    ? new NDList(m.ones(Scenarios.mlp().labels().apply(m, seed).head().getShape()))
                    : Scenarios.mlp().labels().apply(m, seed),
            b -> new Scenarios.WeightedLoss(),
            Scenario.momentum(),
            Scenarios.BATCH);
    assertThat(ways(weighted, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, STEPS, 0));
    var plain = weighted.plain(STEPS, ExactnessTest::easyTrain);
    var smart = weighted.smart(SPLIT, STEPS, ExactnessTest::easyTrain);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** A micro-batch that is all padding divides zero by zero: it must not reach the parameters. */
  @Test
  void aMicroBatchOfPaddingAlone() {
    Scenario padded =
        new Scenario(
            "padded",
            Scenarios.mlp().block(),
            Scenarios.mlp().inputShapes(),
            Scenarios.mlp().data(),
            (m, seed) -> {
              NDArray labels = Scenarios.mlp().labels().apply(m, seed).head();
              labels.set(new NDIndex("8:16"), 0);
              return new NDList(labels);
            },
            b -> new PaddingLoss(),
            Scenario.momentum(),
            Scenarios.BATCH);
    assertThat(ways(padded, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, STEPS, 0));
    var plain = padded.plain(STEPS, ExactnessTest::easyTrain);
    var smart = padded.smart(SPLIT, STEPS, ExactnessTest::easyTrain);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** Tokens that weigh the same in sequences whose length changes from batch to batch. */
  @Test
  void sequencesOfOtherLengths() {
    Scenario sequences =
        new Scenario(
            "sequences",
            () -> Linear.builder().setUnits(Scenarios.CLASSES).build(),
            List.of(new Shape(Scenarios.BATCH, 1, 6)),
            (m, seed) -> new NDList(numbers(m, seed, 9).get("..., :6")),
            (m, seed) ->
                new NDList(numbers(m, seed, Scenarios.CLASSES).argMax(-1).toType(FLOAT32, false)),
            b -> new PaddingLoss(),
            Scenario.momentum(),
            Scenarios.BATCH);
    assertThat(ways(sequences, SPLIT, ExactnessTest::easyTrain).stats())
        .isEqualTo(List.of(0, STEPS, 0));
    var plain = sequences.plain(STEPS, ExactnessTest::easyTrain);
    var smart = sequences.smart(SPLIT, STEPS, ExactnessTest::easyTrain);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** Some for each sample, for each of 3 to 5 tokens. */
  private static NDArray numbers(NDManager manager, int seed, int count) {
    return Scenarios.normal(manager, seed, 3 + seed / 2 % 3, count);
  }

  /** The mean over samples whose label is not 0. */
  private static final class PaddingLoss extends Loss {
    PaddingLoss() {
      super("padding");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray weight = labels.head().sign();
      NDArray losses = Scenarios.crossEntropy(labels, predictions);
      return losses.mul(weight).sum().div(weight.sum());
    }
  }

  @Test
  void aLossOutsideOfTheTrainerIsTwoPass() {
    assertThat(ways(Scenarios.mlp(), SPLIT, WayTest::scaledByHand).stats())
        .isEqualTo(List.of(0, 0, STEPS));
    assertThat(ways(Scenarios.mlp(), SPLIT, WayTest::scaledByHandWithLabels).stats())
        .isEqualTo(List.of(0, 0, STEPS));
    var plain = Scenarios.mlp().plain(STEPS, WayTest::scaledByHand);
    var smart = Scenarios.mlp().smart(SPLIT, STEPS, WayTest::scaledByHandWithLabels);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** A factor that changes with each step, as a loss scale or a warm-up does. */
  private static void scaledByHand(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions);
      collector.backward(loss.mul(1f / (index + 1)));
    }
    trainer.step();
  }

  private static void scaledByHandWithLabels(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData(), batch.getLabels());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions);
      collector.backward(loss.mul(1f / (index + 1)));
    }
    trainer.step();
  }

  /** A loss function handed over: fused, though its factor changes, since each step is checked. */
  @Test
  void aFunctionWhoseFactorChangesIsFused() {
    Scenario.Loop loop =
        (trainer, batch, index) -> {
          Loss mean = Loss.softmaxCrossEntropyLoss();
          ((SmartTrainer) trainer)
              .trainBatch(batch, (l, p) -> mean.evaluate(l, p).mul(1f / (index + 1)));
          trainer.step();
        };
    assertThat(ways(Scenarios.mlp(), SPLIT, loop).stats()).isEqualTo(List.of(0, STEPS, 0));
    var plain = Scenarios.mlp().plain(STEPS, WayTest::scaledByHand);
    var smart = Scenarios.mlp().smart(SPLIT, STEPS, loop);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** Labels given to forward are not those given to the loss: what was computed ahead is wrong. */
  @Test
  void otherLabelsThanForwardWasGiven() {
    Scenario.Loop plainLoop = (t, b, i) -> otherLabels(t, b, b.getLabels());
    Scenario.Loop misled =
        (t, b, i) -> otherLabels(t, b, new NDList(b.getLabels().head().zerosLike()));
    var plain = Scenarios.mlp().plain(STEPS, plainLoop);
    var smart = Scenarios.mlp().smart(SPLIT, STEPS, misled);
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  private static void otherLabels(Trainer trainer, Batch batch, NDList toForward) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData(), toForward);
      collector.backward(trainer.getLoss().evaluate(batch.getLabels(), predictions));
    }
    trainer.step();
  }

  /** Whole, fused and two-pass batches; and the forward passes that they took. */
  private record Ways(List<Integer> stats, int forwards) {}

  private static Ways ways(Scenario scenario, SmartOpsConfig options, Scenario.Loop loop) {
    AtomicInteger forwards = new AtomicInteger();
    AtomicReference<SmartOpsStats> stats = new AtomicReference<>();
    Checkpoints counting =
        (phase, index) -> {
          if (phase == Phase.FORWARD) {
            forwards.incrementAndGet();
          }
        };
    scenario.smart(options, STEPS, loop, counting, trainer -> stats.set(trainer.stats()));
    SmartOpsStats seen = stats.get();
    assertThat(seen.steps()).isEqualTo(STEPS);
    assertThat(seen.samples()).isEqualTo((long) STEPS * scenario.batchSize());
    return new Ways(
        List.of((int) seen.wholeBatches(), (int) seen.fusedBatches(), (int) seen.twoPassBatches()),
        forwards.get());
  }
}
