package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsConfig;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A constant that a block made from a Java value is still there when backward multiplies by it. */
class JavaMemoryTest {
  private final List<WeakReference<Object>> constants = new ArrayList<>();
  private int seenAtBackward;

  @ParameterizedTest
  @ValueSource(ints = {Scenarios.BATCH, Scenarios.BATCH / 4})
  void aConstantOutlivesTheForwardPass(int microBatch) {
    Scenario scenario = Scenarios.mlp();
    try (Model model = Model.newInstance("constant", "PyTorch")) {
      model.setBlock(
          new SequentialBlock()
              .add(Linear.builder().setUnits(5).build())
              .add(
                  new LambdaBlock(x -> new NDList(x.head().mul(constant(x.head().getManager()))))));
      try (AdaptiveTrainer trainer =
          AdaptiveTrainer.create(
              model,
              new DefaultTrainingConfig(scenario.loss().apply(model.getBlock())),
              SmartOpsConfig.builder().optMicroBatch(microBatch).build(),
              (phase, index) -> collectGarbage(phase, Scenarios.BATCH / microBatch))) {
        trainer.initialize(new Shape(Scenarios.BATCH, 12));
        try (Batch batch = scenario.batch(trainer.getManager(), 0, Scenarios.BATCH)) {
          trainer.trainBatch(batch);
        }
      }
    }
    assertThat(seenAtBackward).isEqualTo(Scenarios.BATCH / microBatch);
  }

  @Test
  void withoutArraysThereIsNothingToHold() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      assertThat(JavaMemory.under(manager)).hasValue(List.of());
      NDArray made = manager.create(1f);
      NDArray computed = made.add(made);
      assertThat(JavaMemory.under(manager).orElseThrow()).containsExactly(buffer(made));
      computed.close();
    }
  }

  private NDArray constant(NDManager manager) {
    NDArray constant = manager.create(new float[] {1, 2, 3, 4, 5});
    constants.add(new WeakReference<>(buffer(constant)));
    return constant;
  }

  /**
   * After the micro-batches' backward passes comes that of the loss alone, when no graph is left.
   */
  private void collectGarbage(Phase phase, int parts) {
    if (phase == Phase.BACKWARD && seenAtBackward < parts) {
      System.gc();
      assertThat(constants.get(constants.size() - 1).get()).isNotNull();
      seenAtBackward++;
    }
  }

  private static ByteBuffer buffer(NDArray array) {
    try {
      Field field = PtNDArray.class.getDeclaredField("dataRef");
      field.setAccessible(true);
      return (ByteBuffer) field.get(array);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("dataRef", e);
    }
  }
}
