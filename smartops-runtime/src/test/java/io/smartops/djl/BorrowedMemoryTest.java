package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOpsConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A block may multiply by a constant that it makes from Java values (attention does, for its
 * scale). The graph reads that constant in its backward pass, long after the forward pass closed
 * its handle: the garbage collector must not have freed it by then.
 */
class BorrowedMemoryTest {
  @Test
  void buffersAreThoseOfArraysMadeFromJavaValues() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray made = manager.create(new float[] {1, 2});
      NDArray computed = made.mul(2);
      try (NDManager child = manager.newSubManager()) {
        child.create(3f);
        assertThat(BorrowedMemory.of(manager).orElseThrow()).hasSize(2);
      }
      assertThat(BorrowedMemory.of(manager).orElseThrow()).hasSize(1);
      assertThat(computed.toFloatArray()).containsExactly(2, 4);
    }
  }

  @Test
  void constantsOfABlockOutliveGarbageCollection() {
    assertSameAfterCollection(scenario());
  }

  @Test
  void constantsOfALossOutliveGarbageCollection() {
    assertSameAfterCollection(Scenarios.mlp().withLoss("scaled", block -> new ScaledLoss()));
  }

  private static void assertSameAfterCollection(Scenario scenario) {
    assertThat(parameters(scenario))
        .usingRecursiveComparison()
        .isEqualTo(scenario.plain(3, BorrowedMemoryTest::backwardAfterCollection).parameters());
  }

  private static List<float[]> parameters(Scenario scenario) {
    SmartOpsConfig whole =
        SmartOpsConfig.builder()
            .optPrecision(PrecisionPolicy.FP32)
            .optMicroBatch(Scenarios.BATCH)
            .build();
    return scenario.smart(whole, 3, BorrowedMemoryTest::backwardAfterCollection).parameters();
  }

  /** DJL closes the array that it makes for a number before the operation with it returns. */
  @Test
  void numbersInABlockOutliveGarbageCollection() {
    assertThat(parameters(scenario("number", array -> array.mul(0.5f))))
        .usingRecursiveComparison()
        .isEqualTo(
            scenario("engine's number", array -> array.mul(ofEngine(array, 0.5f)))
                .plain(3, BorrowedMemoryTest::backwardAfterCollection)
                .parameters());
  }

  @Test
  void numbersInALossAndItsPenaltyOutliveGarbageCollection() {
    Scenario numbers =
        Scenarios.mlp().withLoss("numbers", block -> new PenalisedLoss(block, NDArray::mul));
    assertThat(parameters(numbers))
        .usingRecursiveComparison()
        .isEqualTo(
            Scenarios.mlp()
                .withLoss(
                    "engine's numbers",
                    block -> new PenalisedLoss(block, (a, n) -> a.mul(ofEngine(a, n))))
                .plain(3, BorrowedMemoryTest::backwardAfterCollection)
                .parameters());
  }

  /** A number that the engine makes, in memory of its own. */
  private static NDArray ofEngine(NDArray operand, float number) {
    return operand.getManager().ones(new Shape()).mul(number);
  }

  private static final class ScaledLoss extends Loss {
    ScaledLoss() {
      super("scaled");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      return scaled(predictions.head()).square().sum();
    }
  }

  /** A product of the predictions' part and one of the parameters', each with a number. */
  private static final class PenalisedLoss extends Loss {
    private final Block block;
    private final BiFunction<NDArray, Float, NDArray> times;

    PenalisedLoss(Block block, BiFunction<NDArray, Float, NDArray> times) {
      super("penalised");
      this.block = block;
      this.times = times;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray loss = times.apply(predictions.head().square().sum(), 0.5f);
      for (var parameter : block.getParameters().values()) {
        loss = loss.add(times.apply(parameter.getArray().square().sum(), 0.25f));
      }
      return loss;
    }
  }

  private static Scenario scenario() {
    return scenario("scaled", BorrowedMemoryTest::scaled);
  }

  /** Scaled by a constant on its way to the loss: backward multiplies by the constant again. */
  private static Scenario scenario(String name, UnaryOperator<NDArray> scaling) {
    Scenario mlp = Scenarios.mlp();
    return new Scenario(
        name,
        () -> scaledBlock(scaling),
        List.of(new Shape(Scenarios.BATCH, 12)),
        mlp.data(),
        mlp.labels(),
        mlp.loss(),
        mlp.optimizer(),
        mlp.batchSize());
  }

  private static Block scaledBlock(UnaryOperator<NDArray> scaling) {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(5).build())
        .add(new LambdaBlock(list -> new NDList(scaling.apply(list.head()))));
  }

  private static NDArray scaled(NDArray array) {
    float[] values = new float[(int) array.size()];
    Arrays.fill(values, 0.5f);
    return array.mul(array.getManager().create(values, array.getShape()));
  }

  private static void backwardAfterCollection(Trainer trainer, Batch batch, int index) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions);
      List<ByteBuffer> scribbled = collectAndScribble();
      collector.backward(loss);
      assertThat(scribbled).isNotEmpty();
    }
    trainer.step();
  }

  /** Frees what nobody refers to, and takes and fills the memory that this gave back. */
  private static List<ByteBuffer> collectAndScribble() {
    GarbageCollection.await();
    List<ByteBuffer> scribbled = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      scribbled.add(scribble(Scenarios.BATCH * 5 * Float.BYTES));
      scribbled.add(scribble(Float.BYTES));
    }
    return scribbled;
  }

  private static ByteBuffer scribble(int bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes);
    while (buffer.hasRemaining()) {
      buffer.put((byte) 0x7f);
    }
    return buffer;
  }
}
