package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What oneDNN keeps of its kernels. The error of its assembler is set by hand here; what libtorch
 * makes of it is real.
 */
class KernelsTest {
  /** {@code Xbyak::ERR_CANT_ALLOC}. */
  private static final int CANNOT_ALLOCATE = 15;

  private static final long KERNEL_BYTES = 256 << 10;

  private static KernelsMapping mapping;

  @BeforeAll
  static void find() {
    try (NDManager manager = NDManager.newBaseManager()) {
      convolve(manager, 3); // loads libtorch
    }
    mapping = Kernels.mapping().orElseThrow();
  }

  @AfterEach
  void leaveNoError() {
    Kernels.clearError();
  }

  @Test
  void kernelsAreMadeAgainOnceTheErrorIsCleared() {
    try (NDManager manager = NDManager.newBaseManager()) {
      mapping.setError(CANNOT_ALLOCATE);
      Throwable first = catchThrowable(() -> convolve(manager, 211));
      Throwable second = catchThrowable(() -> convolve(manager, 223));
      assertThat(OutOfMemory.is(first)).isTrue();
      assertThat(OutOfMemory.is(second)).as("it stays").isTrue();
      Kernels.clearError();
      assertThat(convolve(manager, 227)).isEqualTo(new Shape(2, 1, 225, 225));
    }
  }

  @Test
  void trainingGoesOnWithSmallerMicroBatches() {
    AtomicBoolean begun = new AtomicBoolean();
    Checkpoints failFirst =
        (phase, index) -> {
          if (phase == Phase.FORWARD && !begun.getAndSet(true)) {
            mapping.setError(CANNOT_ALLOCATE);
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
            KernelsTest::assertThatOneFailureWasSurvived);
  }

  private static void assertThatOneFailureWasSurvived(Trainer trainer) {
    assertThat(((SmartTrainer) trainer).stats().outOfMemoryErrors()).isEqualTo(1);
    assertThat(((SmartTrainer) trainer).stats().steps()).isEqualTo(2);
  }

  @Test
  void droppingThemGivesTheirMemoryBack() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int size = 300; size < 340; size++) {
        convolve(manager, size);
      }
      long before = codeBytes();
      Kernels.drop();
      assertThat(codeBytes()).isLessThan(before - 20 * KERNEL_BYTES);
      assertThat(convolve(manager, 300)).isEqualTo(new Shape(2, 1, 298, 298));
    }
  }

  @Test
  void aFileThatIsNoLibraryHasNoSymbols(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("zeros"), new byte[100]);
    assertThat(ElfSymbols.values(file, Kernels.SYMBOLS)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dnnl_set_primitive_cache_capacit", "set_primitive_cache_capacity"})
  void partOfANameIsNotFound(String name) throws IOException {
    Path library = Libtorch.cpuLibrary();
    assertThat(ElfSymbols.values(library, List.of(name))).isEmpty();
  }

  /** Address space that holds code which is no file's. */
  private static long codeBytes() throws IOException {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.map(line -> line.split("[- ]+"))
          .filter(fields -> fields[2].equals("rwxp") && fields.length == 6)
          .mapToLong(fields -> Long.parseLong(fields[1], 16) - Long.parseLong(fields[0], 16))
          .sum();
    }
  }

  /** A convolution of two images; a size that was never asked for needs a kernel of its own. */
  private static Shape convolve(NDManager manager, int size) {
    NDArray image = manager.zeros(new Shape(2, 1, size, size));
    NDArray filter = manager.zeros(new Shape(1, 1, 3, 3));
    return Conv2d.conv2d(image, filter).singletonOrThrow().getShape();
  }
}
