package io.smartops.benchmarks.loader;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.imageio.ImageIO;

/** The five conditions. All data follow from fixed seeds. */
final class LoaderScenarios {
  private static final long PLENTY_BYTES = 256L << 20;
  private static final long SPREAD_CAP_BYTES = 8L << 20;

  /** Batches of a pass: more than can be measured. Arrays, which are quick, have 40 times these. */
  private static final int BATCHES = 2_000;

  private LoaderScenarios() {}

  static List<LoaderScenario> all() {
    return List.of(
        new LoaderScenario(
            "a: 2 ms latency a record",
            millis(2),
            PLENTY_BYTES,
            (m, prefetch) -> latency(prefetch)),
        new LoaderScenario(
            "b: PNG decode and augmentation",
            millis(2),
            PLENTY_BYTES,
            (m, prefetch) -> png(prefetch)),
        new LoaderScenario("c: in-memory arrays", 0, PLENTY_BYTES, LoaderScenarios::arrays),
        new LoaderScenario(
            "d: bursty latency", millis(3), PLENTY_BYTES, (m, prefetch) -> bursty(prefetch)),
        new LoaderScenario(
            "e: 10x spread of sizes, 8 MiB cap",
            millis(3),
            SPREAD_CAP_BYTES,
            (m, prefetch) -> spread(prefetch)));
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** 32 records a batch, each 2 ms away: 64 ms a batch for one reader. */
  private static RandomAccessDataset latency(int prefetch) {
    float[] row = new float[256];
    return Generated.of(
        32 * BATCHES,
        32,
        prefetch,
        (manager, index) -> {
          LockSupport.parkNanos(millis(2));
          return record(manager.create(row), manager.create(index % 10));
        });
  }

  /** 16 PNG images a batch, 96 by 96, decoded, flipped and scaled. */
  private static RandomAccessDataset png(int prefetch) {
    byte[][] files = new byte[64][];
    for (int i = 0; i < files.length; i++) {
      files[i] = encode(new Random(i));
    }
    return Generated.of(
        16 * BATCHES,
        16,
        prefetch,
        (manager, index) ->
            record(
                decode(manager, files[(int) (index % files.length)], index % 2 == 0),
                manager.create(index % 10)));
  }

  private static byte[] encode(Random random) {
    BufferedImage image = new BufferedImage(96, 96, BufferedImage.TYPE_3BYTE_BGR);
    random.nextBytes(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static NDArray decode(NDManager manager, byte[] file, boolean flip) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(file));
    byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    float[] values = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      int from = flip ? pixels.length - 1 - i : i;
      values[i] = ((pixels[from] & 0xFF) / 255f - 0.5f) / 0.25f;
    }
    return manager.create(values, new Shape(3, 96, 96));
  }

  /** 128 rows of 28 by 28 floats a batch, shuffled, out of one array. */
  private static RandomAccessDataset arrays(NDManager manager, int prefetch) {
    int rows = 128 * 300;
    return new ArrayDataset.Builder()
        .setData(manager.ones(new Shape(rows, 28 * 28), DataType.FLOAT32))
        .optLabels(manager.zeros(new Shape(rows), DataType.FLOAT32))
        .setSampling(new RepeatedSampler(128, 40 * BATCHES, rows))
        .optPrefetchNumber(prefetch)
        .build();
  }

  /** 8 records a batch: 15 batches near, 5 far, and so on. */
  private static RandomAccessDataset bursty(int prefetch) {
    float[] row = new float[1_024];
    return Generated.of(
        8 * BATCHES,
        8,
        prefetch,
        (manager, index) -> {
          boolean far = index / 8 % 20 >= 15;
          LockSupport.parkNanos(far ? millis(5) : millis(1) / 2);
          return record(manager.create(row), manager.create(index % 10));
        });
  }

  /** 8 records a batch of 8 to 80 KiB, at 40 MB/s and 1 ms each. */
  private static RandomAccessDataset spread(int prefetch) {
    return Generated.ragged(
        8 * BATCHES,
        8,
        prefetch,
        (manager, index) -> {
          int floats = 2_048 * (1 + new Random(index).nextInt(10));
          LockSupport.parkNanos(millis(1) + floats * 100L);
          return record(manager.create(new float[floats]), manager.create(index % 10));
        });
  }

  private static Record record(NDArray data, NDArray label) {
    return new Record(new NDList(data), new NDList(label));
  }

  /** Makes one record. */
  interface Reader {
    Record read(NDManager manager, long index) throws IOException;
  }

  /** A dataset whose records are made by a function. */
  static final class Generated extends RandomAccessDataset {
    private final int size;
    private final Reader reader;

    private Generated(Builder builder) {
      super(builder);
      this.size = builder.size;
      this.reader = builder.reader;
    }

    static Generated of(int size, int batch, int prefetch, Reader reader) {
      return new Builder(size, reader)
          .setSampling(batch, false)
          .optPrefetchNumber(prefetch)
          .build();
    }

    /** Records of unequal length, padded to the longest of their batch. */
    static Generated ragged(int size, int batch, int prefetch, Reader reader) {
      return new Builder(size, reader)
          .setSampling(batch, false)
          .optPrefetchNumber(prefetch)
          .optDataBatchifier(new ai.djl.translate.SimplePaddingStackBatchifier())
          .build();
    }

    @Override
    public Record get(NDManager manager, long index) throws IOException {
      return reader.read(manager, index);
    }

    @Override
    protected long availableSize() {
      return size;
    }

    @Override
    public void prepare(Progress progress) {}

    private static final class Builder extends BaseBuilder<Builder> {
      private final int size;
      private final Reader reader;

      private Builder(int size, Reader reader) {
        this.size = size;
        this.reader = reader;
      }

      @Override
      protected Builder self() {
        return this;
      }

      private Generated build() {
        return new Generated(this);
      }
    }
  }
}
