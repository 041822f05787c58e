package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.smartops.LossFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LossGraphTest {
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private NDList predictions = new NDList();
  private NDList labels = new NDList();

  @BeforeEach
  void samples() {
    predictions =
        Tensors.collectingLeaves(
            new NDList(manager.arange(0f, 12f, 1f, DataType.FLOAT32).reshape(4, 3)), manager);
    labels = new NDList(manager.create(new float[] {0, 1, 1, 0}));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void onlyTheLossIsLeftOfIt() {
    int before = manager.getManagedArrays().size();
    NDArray loss = Tensors.withGradMode(true, this::contrastive);
    assertThat(manager.getManagedArrays()).hasSize(before + 1).contains(loss);
    assertThat(predictions.head().getManager()).isEqualTo(manager);

    Tensors.backward(loss, manager.ones(new Shape(), DataType.FLOAT32));
    assertThat(predictions.head().getGradient().abs().sum().getFloat()).isPositive();
  }

  private NDArray contrastive() {
    LossFunction loss = new Scenarios.ContrastiveLoss()::evaluate;
    return new LossGraph().evaluate(loss, labels, predictions, () -> {});
  }

  @Test
  void aLossThatFailsLeavesNothing() {
    int before = manager.getManagedArrays().size();
    assertThatThrownBy(
            () ->
                new LossGraph()
                    .evaluate(
                        (given, predicted) -> {
                          predicted.head().exp();
                          throw new IllegalStateException("no");
                        },
                        labels,
                        predictions,
                        () -> {}))
        .hasMessage("no");
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(predictions.head().getManager()).isEqualTo(manager);
  }
}
