package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class GeneratorStateTest {
  private static final Shape SHAPE = new Shape(1000);

  @Test
  void numbersRepeatFromAStateThatWasGoneBackTo() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      manager.getEngine().setRandomSeed(7);
      float[] before = draw(manager);
      GeneratorState state = GeneratorState.save(Device.cpu()).orElseThrow();
      float[] first = draw(manager);
      float[] next = draw(manager);
      state.restore();
      assertThat(draw(manager)).containsExactly(first).isNotEqualTo(before);
      assertThat(draw(manager)).containsExactly(next).isNotEqualTo(first);
    }
  }

  @Test
  void savingDrawsNothing() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      manager.getEngine().setRandomSeed(7);
      float[] expected = draw(manager);
      manager.getEngine().setRandomSeed(7);
      GeneratorState.save(Device.cpu());
      assertThat(draw(manager)).containsExactly(expected);
    }
  }

  @Test
  void noStateOfAGpu() {
    assertThat(GeneratorState.save(Device.gpu())).isEmpty();
  }

  private static float[] draw(NDManager manager) {
    return manager.randomUniform(0, 1, SHAPE).toFloatArray();
  }
}
