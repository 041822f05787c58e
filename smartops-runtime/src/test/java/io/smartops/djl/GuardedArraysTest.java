package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.smartops.control.Precision;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls of a model on arrays of 16 bits. Each refused one would end the process in the engine. */
class GuardedArraysTest {
  private static final Offset<Float> ROUNDING = Offset.offset(1e-6f);

  private NDManager manager;
  private Autocast.Scope scope;
  private GuardedArrays guard;
  private NDArray leaf;
  private NDArray full;
  private NDArray half;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
    JniUtils.setGradMode(true); // off on the thread that loaded the engine
    scope = Autocast.on(Device.cpu()).open(Precision.BF16);
    guard = new GuardedArrays(scope);
    leaf = manager.arange(1f, 5f).reshape(2, 2);
    leaf.setRequiresGradient(true);
    full = guard.guard(leaf);
    half = full.matMul(guard.guard(manager.eye(2)));
  }

  @AfterEach
  void close() {
    Autocast.on(Device.cpu()).clearCache();
    scope.close();
    manager.close();
  }

  @Test
  void claimToBeFloat32() {
    assertThat(GuardedArrays.engineArray(half).getDataType()).isEqualTo(DataType.UNKNOWN);
    assertThat(half.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(half.getManager().zeros(new Shape(1), half.getDataType()).getFloat()).isZero();
  }

  @Test
  void areReleasedAsFloat32WithTheirGradient() {
    half.setName("scores");
    NDArray released = GuardedArrays.release(new NDList(half)).head();
    assertThat(released.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(released.getName()).isEqualTo("scores");
    assertThat(released.toFloatArray()).containsExactly(1, 2, 3, 4);
    Tensors.backward(released, manager.ones(released.getShape()).mul(3f));
    assertThat(leaf.getGradient().toFloatArray()).containsExactly(3, 3, 3, 3);
  }

  @Test
  void aScalarIsReleasedAsAScalar() {
    NDArray released = GuardedArrays.release(new NDList(half.sum())).head();
    assertThat(released.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(released.getShape()).isEqualTo(new Shape());
    assertThat(released.getFloat()).isEqualTo(10);
  }

  @Test
  void softmaxIsComputedInFloat32() {
    for (NDArray result : new NDArray[] {half.softmax(1), half.logSoftmax(1).exp()}) {
      NDArray engine = GuardedArrays.engineArray(result);
      assertThat(engine.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(engine.sum(new int[] {1}).toFloatArray())
          .containsExactly(new float[] {1, 1}, ROUNDING);
    }
  }

  @Test
  void aConversionCarriesTheGradient() {
    NDArray converted = GuardedArrays.engineArray(half.toType(DataType.FLOAT32, false));
    assertThat(converted.getDataType()).isEqualTo(DataType.FLOAT32);
    Tensors.backward(converted, manager.ones(converted.getShape()));
    assertThat(leaf.getGradient().toFloatArray()).containsExactly(1, 1, 1, 1);
  }

  @Test
  void aMoveToTheSameDeviceCarriesTheGradient() {
    NDArray moved = GuardedArrays.engineArray(half.toDevice(Device.cpu(), false));
    assertThat(moved.toFloatArray()).containsExactly(1, 2, 3, 4);
    assertThat(Tensors.requiresGradient(moved)).isTrue();
  }

  @Test
  void channelsLastIsAnOrderOfMemoryAndNothingElse() {
    for (Shape shape : new Shape[] {new Shape(2, 3, 4, 5), new Shape(2, 1, 4, 5)}) {
      NDArray images =
          manager.arange((int) shape.size()).toType(DataType.FLOAT32, false).reshape(shape);
      images.setRequiresGradient(true);
      NDArray laidOut = Tensors.channelsLast(images);
      assertThat(laidOut).isEqualTo(images);
      Tensors.backward(laidOut, images.stopGradient().mul(2));
      assertThat(images.getGradient()).isEqualTo(images.mul(2));

      NDArray raised = images.add(1);
      laidOut.stopGradient().transpose(0, 2, 3, 1).flatten().addi(1); // reaches it if not a copy
      assertThat(laidOut).isEqualTo(raised);
    }
  }

  @Test
  void aLinearLayerKeepsTheShapeAndTheGradients() {
    NDArray places = full.reshape(1, 2, 1, 2);
    NDArray weight = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(3, 2));
    NDArray bias = manager.create(new float[] {10, 20, 30});
    weight.setRequiresGradient(true);
    bias.setRequiresGradient(true);

    NDArray made =
        full.getNDArrayInternal()
            .linear(places, guard.guard(weight), guard.guard(bias))
            .singletonOrThrow();
    NDArray result = GuardedArrays.release(new NDList(made)).head();
    assertThat(GuardedArrays.engineArray(made).getDataType()).isEqualTo(DataType.UNKNOWN);
    assertThat(result.getShape()).isEqualTo(new Shape(1, 2, 1, 3));
    assertThat(result.toFloatArray()).containsExactly(15, 31, 47, 21, 45, 69);

    Tensors.backward(result, manager.ones(result.getShape()));
    assertThat(leaf.getGradient().toFloatArray()).containsExactly(9, 12, 9, 12);
    assertThat(weight.getGradient().toFloatArray()).containsExactly(4, 6, 4, 6, 4, 6);
    assertThat(bias.getGradient().toFloatArray()).containsExactly(2, 2, 2);
  }

  /** Calls that end the process, or are unknown, on an array of 16 bits. */
  static Stream<Arguments> inFloat32() {
    return Stream.of(
        call("softmax", a -> a.softmax(1)),
        call("logSoftmax", a -> a.logSoftmax(1)),
        call("onesLike", a -> a.onesLike()),
        call("zerosLike", a -> a.zerosLike()),
        call("like", a -> a.like()),
        call("toType", a -> a.toType(DataType.FLOAT32, true)),
        call("toType", a -> a.toType(DataType.FLOAT64, false)),
        call("toDevice", a -> a.toDevice(Device.cpu(), true)),
        call("toFloatArray", a -> a.toFloatArray()),
        call("getFloat", a -> a.getFloat(0, 0)),
        call("get", a -> a.get(a.getManager(), 0, 0)),
        call("norm", a -> a.norm()),
        call("cumSum", a -> a.cumSum()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void inFloat32(String method, Consumer<NDArray> call) {
    call.accept(half);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        call("addi", a -> a.addi(1f)),
        call("negi", a -> a.negi()),
        call("set", a -> a.set(new float[4])),
        call("setRequiresGradient", a -> a.setRequiresGradient(false)));
  }

  private static Arguments call(String method, Consumer<NDArray> call) {
    return Arguments.of(method, call);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void refused(String method, Consumer<NDArray> call) {
    assertThatThrownBy(() -> call.accept(half))
        .isInstanceOf(LowPrecisionRefusal.class)
        .hasMessageContaining(method)
        .hasMessageContaining(GuardedArraysTest.class.getName());
  }

  @Test
  void anOperandOfSixteenBitsIsAddedInPlaceAsFloat32() {
    NDArray sum = full.duplicate();
    assertThat(sum.addi(half)).isSameAs(sum);
    assertThat(sum.toFloatArray()).containsExactly(2, 4, 6, 8);
  }

  /** The engine would copy its values and lose its gradient. */
  @Test
  void anArrayThatIsNotGuardedDoesNotTakeOneThatIs() {
    NDArray constant = manager.ones(new Shape(2, 2));
    assertThatThrownBy(() -> constant.add(half)).isInstanceOf(LowPrecisionRefusal.class);
    assertThatThrownBy(() -> constant.matMul(full)).isInstanceOf(LowPrecisionRefusal.class);
  }

  @Test
  void whatAModelComputesFromOtherArraysStaysFloat32() {
    NDArray constant = half.getManager().ones(new Shape(2, 2));
    assertThat(constant.matMul(constant).getDataType()).isEqualTo(DataType.FLOAT32);
  }

  @Test
  void autocastIsOffAgainAfterAFailure() {
    assertThatThrownBy(() -> full.matMul(full.reshape(4, 1))).isInstanceOf(RuntimeException.class);
    whatAModelComputesFromOtherArraysStaysFloat32();
  }

  @Test
  void whatIsFloat32MayDoAnything() {
    assertThat(full.onesLike().getFloat(0, 0)).isEqualTo(1);
    assertThat(full.softmax(1).toFloatArray()).hasSize(4);
  }
}
