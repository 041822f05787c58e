package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UndoTest {
  private static final int KEPT_BYTES = 2 * Undo.ONE_THREAD_BYTES;
  private static final int KEPT_VALUES = KEPT_BYTES / Float.BYTES;

  static Stream<Arguments> arrays() {
    return Stream.of(
        array("kept", m -> m.arange(12f)),
        array("too large for Java", m -> m.arange(KEPT_VALUES - 24f).reshape(-1, 8)),
        array("as large as what is kept", m -> m.arange((float) KEPT_VALUES)),
        array("larger", m -> m.arange(KEPT_VALUES + 1f)),
        array("a scalar", m -> m.create(3f)),
        array("empty", m -> m.create(new Shape(0, 3))),
        array("of another type", m -> m.arange(8f).toType(DataType.FLOAT64, true)),
        array("rows", m -> m.arange(12f).reshape(4, 3).get("1:3")),
        array("not in one piece", m -> m.arange(12f).reshape(4, 3).transpose()));
  }

  private static Arguments array(String name, Function<NDManager, NDArray> array) {
    return Arguments.of(name, array);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("arrays")
  void putsBackWhatWasOverwritten(String name, Function<NDManager, NDArray> making) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      PtNDArray array = Tensors.pt(making.apply(manager));
      byte[] before = array.toByteArray();
      int handles = manager.getManagedArrays().size();
      Undo undo = new Undo(KEPT_BYTES);
      try (NDManager scope = manager.newSubManager()) {
        undo.save(List.of(array), scope);
        array.muli(2).addi(1);
        undo.restore();
      }
      assertThat(manager.getManagedArrays().size()).isEqualTo(handles);
      assertThat(array.toByteArray()).isEqualTo(before);
    }
  }

  @Test
  void putsBackTheLatestOfSeveral() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray first = manager.arange(5f);
      NDArray second = manager.arange(KEPT_VALUES + 1f);
      NDArray third = manager.arange((float) KEPT_VALUES);
      Undo undo = new Undo(KEPT_BYTES);
      undo.save(List.of(Tensors.pt(third), Tensors.pt(second), Tensors.pt(first)), manager);
      undo.save(List.of(Tensors.pt(first), Tensors.pt(second)), manager);
      Stream.of(first, second, third).forEach(array -> array.addi(1));
      undo.restore();
      assertThat(first.getFloat(4)).isEqualTo(4);
      assertThat(second.getFloat(16)).isEqualTo(16);
      assertThat(third.getFloat(15)).isEqualTo(16);
    }
  }
}
