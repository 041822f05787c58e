package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.smartops.precision.LossScaler;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scale's trace beside that of libtorch's own operation, which {@code torch.amp.GradScaler}
 * calls once a step.
 */
class LossScalerAgainstTorchTest {
  private static final int STEPS = 9_000;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.0002, 0.002, 0.5})
  void theTraceIsTorchs(double overflowShare) {
    Random random = new Random(1);
    LossScaler scaler = new LossScaler();
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray scale = manager.create(LossScaler.INITIAL_SCALE).duplicate();
      NDArray growthTracker = manager.create(0).duplicate();
      for (int step = 0; step < STEPS; step++) {
        boolean overflow = random.nextDouble() < overflowShare;
        try (NDArray found = manager.create(new float[] {overflow ? 1 : 0}, new Shape())) {
          updateScale(scale, growthTracker, found);
        }
        if (overflow) {
          scaler.overflowed();
        } else {
          scaler.finite();
        }
        assertThat(scaler.scale()).as("step %d", step).isEqualTo(scale.getFloat());
      }
    }
  }

  /** A tensor's handle is the address of the C++ object, which a reference is too. */
  private static void updateScale(NDArray scale, NDArray growthTracker, NDArray foundInf) {
    Path library = Libtorch.cpuLibrary();
    Function update =
        NativeLibrary.getInstance(library.toString())
            .getFunction("_ZN2at4_ops18_amp_update_scale_4callERNS_6TensorES3_RKS2_ddl");
    update.invokePointer(
        new Object[] {
          new Pointer(Tensors.pt(scale).getHandle()),
          new Pointer(Tensors.pt(growthTracker).getHandle()),
          new Pointer(Tensors.pt(foundInf).getHandle()),
          (double) LossScaler.GROWTH,
          (double) LossScaler.BACKOFF,
          (long) LossScaler.GROWTH_INTERVAL
        });
  }
}
