package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Dataset;
import ai.djl.util.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * MNIST's handwritten digits as a DJL dataset: images as float32 (1, 28, 28) in [0, 1], labels as
 * int64. Reads the 10,000 digits that come with this module (8,500 to train on, 1,500 to test), or
 * a folder that holds the four official files, gzipped or not.
 *
 * <p>Its arrays live as long as the manager that it is given. Not thread-safe while it is prepared.
 */
public final class MnistDigits extends ArrayDataset {
  /** Height and width of an image in pixels. */
  public static final int SIDE = 28;

  /** Number of classes. */
  public static final int CLASSES = 10;

  /** What the classes are called. */
  static final List<String> NAMES = IntStream.range(0, CLASSES).mapToObj(String::valueOf).toList();

  /** The brightest value of a pixel. */
  static final float MAX_PIXEL = 255f;

  private final NDManager manager;
  private final IdxSource source;
  private final String prefix;
  private boolean prepared;

  private MnistDigits(Builder builder, NDManager manager, IdxSource source, String prefix) {
    super(builder);
    this.manager = manager;
    this.source = source;
    this.prefix = prefix;
  }

  /** Starts a dataset; {@code setManager} and {@code setSampling} are required. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Reads the files, once.
   *
   * @throws IOException if a file is missing or not what it should be; the message names the file
   *     and what was expected
   */
  @Override
  public void prepare(@Nullable Progress progress) throws IOException {
    if (prepared) {
      return;
    }
    IdxFile images = source.read(prefix + "-images-idx3-ubyte", 3);
    IdxFile digits = source.read(prefix + "-labels-idx1-ubyte", 1);
    check(images, digits);
    data = new NDArray[] {pixels(images)};
    labels = new NDArray[] {array(digits, new Shape(digits.size(0)), DataType.INT64)};
    prepared = true;
  }

  private void check(IdxFile images, IdxFile digits) throws IOException {
    if (images.size(1) != SIDE || images.size(2) != SIDE) {
      throw new IOException(
          "%s-images-idx3-ubyte must hold images of 28 × 28 pixels, but they are %d × %d"
              .formatted(prefix, images.size(1), images.size(2)));
    }
    if (images.size(0) != digits.size(0) || images.size(0) == 0) {
      throw new IOException(
          "the %s files must hold equally many images and labels, at least one, but hold %d and %d"
              .formatted(prefix, images.size(0), digits.size(0)));
    }
    for (byte digit : digits.bytes()) {
      if (digit < 0 || digit >= CLASSES) {
        throw new IOException(
            "%s-labels-idx1-ubyte must hold digits from 0 to 9, but holds %d"
                .formatted(prefix, Byte.toUnsignedInt(digit)));
      }
    }
  }

  private NDArray pixels(IdxFile images) {
    NDArray pixels = array(images, new Shape(images.size(0), 1, SIDE, SIDE), DataType.FLOAT32);
    return pixels.divi(MAX_PIXEL);
  }

  private NDArray array(IdxFile file, Shape shape, DataType type) {
    try (NDArray bytes = manager.create(ByteBuffer.wrap(file.bytes()), shape, DataType.UINT8)) {
      return bytes.toType(type, true);
    }
  }

  /** Chooses the files. */
  public static final class Builder extends BaseBuilder<Builder> {
    private Dataset.Usage usage = Dataset.Usage.TRAIN;
    private Optional<Path> directory = Optional.empty();
    private @Nullable NDManager manager;

    private Builder() {}

    @Override
    protected Builder self() {
      return this;
    }

    /** Sets the owner of the dataset's arrays. */
    public Builder setManager(NDManager manager) {
      this.manager = manager;
      return this;
    }

    /** Chooses the training digits (the default) or the test digits. */
    public Builder optUsage(Dataset.Usage usage) {
      this.usage = usage;
      return this;
    }

    /** Reads the four official files from {@code directory} instead of the bundled digits. */
    public Builder optDirectory(Path directory) {
      this.directory = Optional.of(directory);
      return this;
    }

    /**
     * Makes the dataset; its files are read at first use.
     *
     * @throws IllegalArgumentException if the usage is VALIDATION: MNIST has no such part
     */
    public MnistDigits build() {
      String prefix = prefix();
      IdxSource source = directory.<IdxSource>map(IdxSource.Folder::new).orElse(IdxSource.BUNDLED);
      NDManager owner = Objects.requireNonNull(manager, "setManager must be called");
      return new MnistDigits(this, owner, source, prefix);
    }

    private String prefix() {
      return switch (usage) {
        case TRAIN -> "train";
        case TEST -> "t10k";
        case VALIDATION ->
            throw new IllegalArgumentException(
                "optUsage must be TRAIN or TEST, but is VALIDATION: MNIST has no validation digits");
      };
    }
  }
}
