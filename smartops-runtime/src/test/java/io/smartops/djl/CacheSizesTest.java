package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.GradientCollector;
import io.smartops.SmartOps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What oneDNN computes where caches are hidden. They are hidden by hand here, as a hypervisor's
 * zeros hide them; what oneDNN makes of it is real.
 */
class CacheSizesTest {
  private KernelsMapping mapping;
  private int[] before;

  @BeforeEach
  void find() {
    SmartOps.mendEngine();
    mapping = Kernels.mapping().orElseThrow();
    before = mapping.dataCaches();
  }

  @AfterEach
  void putBack() {
    mapping.setDataCaches(before);
    Kernels.drop();
  }

  @Test
  void convolutionsAreRightOnceTheSizesAreMended() {
    assertThat(errorOfInputGradient()).isLessThan(1e-5);
    mapping.setDataCaches(1, 1, 1);
    Kernels.drop();
    assertThat(errorOfInputGradient()).as("as without SmartOps").isGreaterThan(0.01);
    CacheSizes.mend(mapping);
    assertThat(mapping.dataCaches()).isEmpty();
    assertThat(errorOfInputGradient()).isLessThan(1e-5);
  }

  @Test
  void sizesThatTheMachineTellsStay() {
    mapping.setDataCaches(49_152, 1 << 20, 32 << 20);
    CacheSizes.mend(mapping);
    assertThat(mapping.dataCaches()).containsExactly(49_152, 1 << 20, 32 << 20);
  }

  /** Of a convolution's gradient by its input in float32, relative to the same in float64. */
  private static double errorOfInputGradient() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Engine.getInstance().setRandomSeed(1);
      NDArray images = manager.randomNormal(new Shape(4, 2, 9, 9));
      NDArray filters = manager.randomNormal(new Shape(20, 2, 3, 3)); // no multiple of 8
      NDArray exact = inputGradient(images, filters, DataType.FLOAT64);
      NDArray error = inputGradient(images, filters, DataType.FLOAT32).sub(exact);
      return error.norm().toDoubleArray()[0] / exact.norm().toDoubleArray()[0];
    }
  }

  /** Of the sum of squares, so that each output has a gradient of its own; in float64. */
  private static NDArray inputGradient(NDArray images, NDArray filters, DataType type) {
    NDArray input = images.toType(type, true);
    input.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(Conv2d.conv2d(input, filters.toType(type, true)).head().square().sum());
    }
    return input.getGradient().toType(DataType.FLOAT64, true);
  }
}
