package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.smartops.control.Precision;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AutocastTest {
  private NDManager manager;
  private Autocast autocast;
  private AutocastMapping calls;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager(Device.cpu());
    autocast = Autocast.on(Device.cpu());
    calls = new AutocastMapping(Libtorch.cpuLibrary().toString());
  }

  @AfterEach
  void close() {
    assertThat(calls.isEnabled(AutocastMapping.CPU)).as("left on").isFalse();
    manager.close();
  }

  @Test
  void productsAreOfSixteenBitsWhileItIsOn() {
    try (Autocast.Scope scope = autocast.open(Precision.BF16)) {
      assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT32);
      scope.on();
      assertThat(typeOfProduct()).isEqualTo(DataType.UNKNOWN);
      scope.off();
      assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT32);
    }
    try (Autocast.Scope scope = autocast.open(Precision.FP16)) {
      scope.on();
      assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT16);
    }
    assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT32);
  }

  @Test
  void aScopePutsBackWhatItFound() {
    calls.setType(AutocastMapping.CPU, AutocastMapping.HALF);
    calls.setEnabled(AutocastMapping.CPU, true);
    try (Autocast.Scope outer = autocast.open(Precision.BF16)) {
      outer.on();
      try (Autocast.Scope inner = autocast.open(Precision.FP16)) {
        inner.on();
        assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT16);
      }
      assertThat(typeOfProduct()).isEqualTo(DataType.UNKNOWN);
    }
    assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT16);
    calls.setEnabled(AutocastMapping.CPU, false);
    calls.setType(AutocastMapping.CPU, AutocastMapping.BFLOAT16);
  }

  @Test
  void aScopeEndsWithAnException() {
    assertThatThrownBy(
            () -> {
              try (Autocast.Scope scope = autocast.open(Precision.BF16)) {
                scope.on();
                throw new IllegalStateException("in the model");
              }
            })
        .hasMessage("in the model");
    assertThat(typeOfProduct()).isEqualTo(DataType.FLOAT32);
  }

  @Test
  void belongsToItsThread() throws InterruptedException {
    try (Autocast.Scope scope = autocast.open(Precision.BF16)) {
      scope.on();
      DataType[] elsewhere = new DataType[1];
      Thread thread = new Thread(() -> elsewhere[0] = typeOfProduct());
      thread.start();
      thread.join();
      assertThat(elsewhere[0]).isEqualTo(DataType.FLOAT32);
    }
  }

  @Test
  void tf32IsAllowedForTheWorkAlone() {
    boolean before = calls.allowsTf32();
    assertThat(autocast.<Boolean>withTf32(calls::allowsTf32)).isTrue();
    assertThat(calls.allowsTf32()).isEqualTo(before);
    assertThatThrownBy(
            () ->
                autocast.withTf32(
                    () -> {
                      throw new IllegalStateException("in the model");
                    }))
        .hasMessage("in the model");
    assertThat(calls.allowsTf32()).isEqualTo(before);
  }

  @Test
  void onlyWhatTheProcessorComputesNativelyIsWorthTrying() {
    Autocast without = Autocast.onCpu(new CpuFlags(Set.of("fpu", "avx2")));
    assertThat(without.worthTrying()).isEmpty();
    assertThat(without.nothingToTry()).contains("avx512_bf16");
    Autocast with = Autocast.onCpu(new CpuFlags(Set.of("avx512_bf16")));
    assertThat(with.worthTrying()).containsExactly(Precision.BF16);
    assertThat(Autocast.on(Device.cpu()).worthTrying())
        .isEqualTo(Autocast.onCpu(CpuFlags.ofMachine()).worthTrying());
  }

  @Test
  void saysWhyAPrecisionCannotBeUsedAtAll() {
    assertThat(autocast.obstacle(Precision.FP32)).isEmpty();
    assertThat(autocast.obstacle(Precision.BF16)).isEmpty();
    assertThat(autocast.obstacle(Precision.TF32))
        .hasValueSatisfying(w -> assertThat(w).contains("8.0"));
  }

  private DataType typeOfProduct() {
    try (NDArray ones = manager.ones(new Shape(2, 2));
        NDArray product = ones.matMul(ones)) {
      return product.getDataType();
    }
  }
}
