package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * oneDNN's assembler keeps the error of a kernel for which there was no memory. Here the error is
 * set by hand; what libtorch makes of it is real.
 */
class AssemblerErrorTest {
  /** {@code Xbyak::ERR_CANT_ALLOC}. */
  private static final int CANNOT_ALLOCATE = 15;

  private static ThreadLocalMapping error;

  @BeforeAll
  static void findVariable() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      convolve(manager, 3); // loads libtorch
    }
    Path library = Path.of(LibUtils.getLibtorchPath()).resolve(System.mapLibraryName("torch_cpu"));
    error =
        new ThreadLocalMapping(
            library.toString(),
            ElfSymbols.threadLocal(library, AssemblerError.VARIABLE).orElseThrow());
  }

  @AfterEach
  void leaveNoError() {
    AssemblerError.clear();
  }

  @Test
  void kernelsAreMadeAgainOnceTheErrorIsCleared() {
    try (NDManager manager = NDManager.newBaseManager()) {
      error.set(CANNOT_ALLOCATE);
      Throwable first = catchThrowable(() -> convolve(manager, 211));
      Throwable second = catchThrowable(() -> convolve(manager, 223));
      assertThat(OutOfMemory.is(first)).isTrue();
      assertThat(OutOfMemory.is(second)).as("it stays").isTrue();
      AssemblerError.clear();
      assertThat(convolve(manager, 227)).isEqualTo(new Shape(2, 1, 225, 225));
    }
  }

  @Test
  void trainingGoesOnWithSmallerMicroBatches() {
    AtomicBoolean begun = new AtomicBoolean();
    Checkpoints failFirst =
        (phase, index) -> {
          if (phase == Phase.FORWARD && !begun.getAndSet(true)) {
            error.set(CANNOT_ALLOCATE);
          }
        };
    Scenarios.cnn()
        .run(
            2,
            (trainer, batch, index) -> {
              EasyTrain.trainBatch(trainer, batch);
              trainer.step();
            },
            (model, config) ->
                AdaptiveTrainer.create(model, config, SmartOpsConfig.builder().build(), failFirst),
            step -> 41,
            AssemblerErrorTest::assertThatOneFailureWasSurvived);
  }

  private static void assertThatOneFailureWasSurvived(Trainer trainer) {
    assertThat(((SmartTrainer) trainer).stats().outOfMemoryErrors()).isEqualTo(1);
    assertThat(((SmartTrainer) trainer).stats().steps()).isEqualTo(2);
  }

  @Test
  void aFileThatIsNoLibraryHasNoSymbols(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("zeros"), new byte[100]);
    assertThat(ElfSymbols.threadLocal(file, AssemblerError.VARIABLE)).isEmpty();
  }

  @Test
  void aSymbolThatIsNotThereIsNotFound() throws IOException {
    Path library = Path.of(LibUtils.getLibtorchPath()).resolve(System.mapLibraryName("torch_cpu"));
    assertThat(ElfSymbols.threadLocal(library, "_ZZN5Xbyak5local11GetErrorRefEvE3er")).isEmpty();
  }

  /** A convolution of two images; a size that was never asked for needs a kernel of its own. */
  private static Shape convolve(NDManager manager, int size) {
    NDArray image = manager.zeros(new Shape(2, 1, size, size));
    NDArray filter = manager.zeros(new Shape(1, 1, 3, 3));
    return Conv2d.conv2d(image, filter).singletonOrThrow().getShape();
  }
}
