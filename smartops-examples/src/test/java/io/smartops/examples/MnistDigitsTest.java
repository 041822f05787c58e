package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MnistDigitsTest {
  @TempDir private Path folder;

  @Test
  void batchesHoldScaledImagesAndDigits() throws IOException, TranslateException {
    byte[] pixels = IdxSource.BUNDLED.read("t10k-images-idx3-ubyte", 3).bytes();
    byte[] digits = IdxSource.BUNDLED.read("t10k-labels-idx1-ubyte", 1).bytes();
    try (NDManager manager = NDManager.newBaseManager()) {
      MnistDigits test =
          MnistDigits.builder()
              .setManager(manager)
              .optUsage(Dataset.Usage.TEST)
              .setSampling(7, false)
              .build();
      Batch batch = test.getData(manager).iterator().next();
      NDArray images = batch.getData().singletonOrThrow();
      NDArray labels = batch.getLabels().singletonOrThrow();

      assertThat(images.getShape()).isEqualTo(new Shape(7, 1, 28, 28));
      assertThat(labels.getDataType()).isEqualTo(DataType.INT64);
      float[] values = images.toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isEqualTo(Byte.toUnsignedInt(pixels[i]) / 255f);
      }
      for (int i = 0; i < 7; i++) {
        assertThat(labels.getLong(i)).isEqualTo(digits[i]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFolderIsReadZippedOrNot(boolean zipped) throws IOException, TranslateException {
    if (zipped) {
      IdxBytes.copyBundled(folder, "train", 3);
    } else {
      write(IdxBytes.images(3, 28, 28), IdxBytes.labels(0, 1, 9));
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      MnistDigits digits = inFolder(manager);
      digits.prepare();
      assertThat(digits.size()).isEqualTo(3);
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> prepare())
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(
            "%s holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz:"
                + " it must hold the official MNIST files",
            folder);
  }

  @Test
  void aDamagedFileIsNamedWithItsPath() throws IOException {
    write(new byte[] {0, 0, 8}, IdxBytes.labels(1));

    assertThatThrownBy(() -> prepare())
        .hasMessageStartingWith(folder.resolve("train-images-idx3-ubyte") + " is truncated");
  }

  @Test
  void imagesOfAnotherSizeAreRefused() throws IOException {
    write(IdxBytes.images(1, 27, 28), IdxBytes.labels(1));

    assertThatThrownBy(() -> prepare())
        .hasMessage(
            "train-images-idx3-ubyte must hold images of 28 × 28 pixels, but they are 27 × 28");
  }

  @Test
  void unequalNumbersAreRefused() throws IOException {
    write(IdxBytes.images(2, 28, 28), IdxBytes.labels(1));

    assertThatThrownBy(() -> prepare())
        .hasMessage(
            "the train files must hold equally many images and labels, at least one,"
                + " but hold 2 and 1");
  }

  @Test
  void noDigitsAtAllAreRefused() throws IOException {
    write(IdxBytes.images(0, 28, 28), IdxBytes.labels());

    assertThatThrownBy(() -> prepare()).hasMessageContaining("at least one, but hold 0 and 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 255})
  void aLabelThatIsNoDigitIsRefused(int label) throws IOException {
    write(IdxBytes.images(2, 28, 28), IdxBytes.labels(3, label));

    assertThatThrownBy(() -> prepare())
        .hasMessage("train-labels-idx1-ubyte must hold digits from 0 to 9, but holds %d", label);
  }

  @Test
  void validationDigitsDoNotExist() {
    assertThatThrownBy(
            () ->
                MnistDigits.builder()
                    .optUsage(Dataset.Usage.VALIDATION)
                    .setSampling(1, false)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("optUsage must be TRAIN or TEST, but is VALIDATION");
  }

  private MnistDigits inFolder(NDManager manager) {
    return MnistDigits.builder()
        .setManager(manager)
        .optDirectory(folder)
        .setSampling(2, false)
        .build();
  }

  private void prepare() throws IOException {
    try (NDManager manager = NDManager.newBaseManager()) {
      inFolder(manager).prepare(null);
    }
  }

  private void write(byte[] images, byte[] labels) throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), images);
    Files.write(folder.resolve("train-labels-idx1-ubyte"), labels);
  }
}
