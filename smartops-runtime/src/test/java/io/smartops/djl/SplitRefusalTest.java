package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.recurrent.LSTM;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.util.PairList;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsException;
import io.smartops.SmartOpsStats;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a model's outputs look like decides whether a batch may be split: several outputs may, and
 * several rows for a sample; samples that are mixed or not in the first dimension may not.
 */
class SplitRefusalTest {
  private static final int STEPS = 4;
  private static final SmartOpsConfig AUTO =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatchRange(1, 4).build();
  private static final SmartOpsConfig FIXED =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(4).build();
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder()
          .optPrecision(PrecisionPolicy.FP32)
          .optMicroBatch(Scenarios.BATCH)
          .build();

  private static Scenario scenario(String name, Supplier<Block> block, Loss loss, Shape shape) {
    Scenario like = shape.dimension() == 2 ? Scenarios.mlp() : Scenarios.square();
    return new Scenario(
        name,
        block,
        List.of(shape),
        like.data(),
        like.labels(),
        b -> loss,
        like.optimizer(),
        like.batchSize());
  }

  private static Block lambda(Supplier<Block> first, LambdaBlock then) {
    return new SequentialBlock().add(first.get()).add(then);
  }

  private static Block linear() {
    return Linear.builder().setUnits(5).build();
  }

  private static NDList minusMean(NDList list) {
    return new NDList(list.head().sub(list.head().mean(new int[] {0}, true)));
  }

  private static Block timeMajorLstm() {
    LSTM lstm =
        LSTM.builder()
            .setNumLayers(1)
            .setStateSize(8)
            .optReturnState(false)
            .optBatchFirst(false)
            .build();
    return new SequentialBlock()
        .add(lstm)
        .add(new LambdaBlock(l -> new NDList(l.head().get("-1"))))
        .add(linear());
  }

  static Stream<Arguments> refused() {
    Loss mean = Loss.softmaxCrossEntropyLoss();
    Shape flat = new Shape(Scenarios.BATCH, 12);
    Supplier<Block> mixing =
        () -> lambda(SplitRefusalTest::linear, new LambdaBlock(SplitRefusalTest::minusMean));
    return Stream.of(
        Arguments.of(
            "mixes samples",
            scenario("mixes", mixing, mean, flat),
            "output 0 of a sample depends on the other samples"),
        Arguments.of(
            "one output for all samples",
            scenario(
                "pools",
                () ->
                    lambda(
                        SplitRefusalTest::linear,
                        new LambdaBlock(l -> new NDList(l.head().mean(new int[] {0}, true)))),
                new FirstRow(),
                flat),
            "output 0 has shape (1, 5) for 4 samples"),
        Arguments.of(
            "time-major, as many times as samples",
            scenario(
                "time-major",
                SplitRefusalTest::timeMajorLstm,
                mean,
                new Shape(Scenarios.BATCH, Scenarios.BATCH, 3)),
            "output 0 has shape (32, 5) for 4 samples"));
  }

  /** Uses the single prediction that there is. */
  private static final class FirstRow extends Loss {
    FirstRow() {
      super("first row");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return predictions.head().square().sum().add(predictions.head().sum());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void staysWhole(String name, Scenario scenario, String why) {
    var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
    AtomicReference<SmartOpsStats> stats = new AtomicReference<>();
    var smart =
        scenario.smart(
            AUTO,
            STEPS,
            ExactnessTest::easyTrain,
            Checkpoints.NONE,
            trainer -> stats.set(trainer.stats()));
    assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
    assertThat(stats.get().wholeBatches()).isEqualTo(STEPS);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void aFixedMicroBatchIsRefused(String name, Scenario scenario, String why) {
    assertThatThrownBy(() -> scenario.smart(FIXED, 1, ExactnessTest::easyTrain))
        .isInstanceOf(SmartOpsException.class)
        .hasMessageContaining("optMicroBatch(4) cannot be kept")
        .hasMessageContaining(why)
        .hasMessageContaining("Leave out optMicroBatch");
  }

  /** Scores, a hidden layer with two rows for each sample, and a prediction that is an integer. */
  private static final class SeveralOutputs extends AbstractBlock {
    private final Block hidden = addChildBlock("hidden", Linear.builder().setUnits(8).build());
    private final Block scores = addChildBlock("scores", linear());

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      NDList h = new NDList(hidden.forward(store, in, training).head().tanh());
      NDArray s = scores.forward(store, h, training).head();
      return new NDList(s, h.head().reshape(-1, 4), s.argMax(1));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
      hidden.initialize(manager, type, inputShapes);
      scores.initialize(manager, type, hidden.getOutputShapes(inputShapes));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return scores.getOutputShapes(hidden.getOutputShapes(inputShapes));
    }
  }

  /** Uses all outputs, or the first alone. */
  private static final class OutputsLoss extends Loss {
    private final boolean all;

    OutputsLoss(boolean all) {
      super("outputs");
      this.all = all;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray first = Scenarios.crossEntropy(labels, predictions).mean();
      return all ? first.add(predictions.get(1).square().mean()) : first;
    }
  }

  @Test
  void severalOutputs() {
    for (boolean all : new boolean[] {true, false}) {
      Scenario scenario =
          scenario(
              "several outputs",
              SeveralOutputs::new,
              new OutputsLoss(all),
              new Shape(Scenarios.BATCH, 12));
      var plain = scenario.plain(STEPS, ExactnessTest::easyTrain);
      for (Scenario.Loop loop :
          List.<Scenario.Loop>of(ExactnessTest::easyTrain, ExactnessTest::manual)) {
        var unsplit = scenario.smart(UNSPLIT, STEPS, loop);
        AtomicReference<SmartOpsStats> stats = new AtomicReference<>();
        var split = scenario.smart(FIXED, STEPS, loop, Checkpoints.NONE, t -> stats.set(t.stats()));
        assertThat(unsplit.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
        assertThat(Scenario.relativeDifference(plain, split)).isLessThan(1e-5);
        assertThat(stats.get().wholeBatches()).isZero();
      }
    }
  }
}
