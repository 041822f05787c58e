package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.dataset.Sampler;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import ai.djl.util.RandomUtils;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Small datasets of every kind, and what a pass over them gives. */
final class LoaderDatasets {
  private LoaderDatasets() {}

  /** Records whose values follow from their index; some may be bad. */
  static final class Records extends RandomAccessDataset {
    private final int size;
    private final Set<Long> bad;
    private final long readNanos;
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger mostInside = new AtomicInteger();
    private final Set<Thread> readers = ConcurrentHashMap.newKeySet();
    private final boolean leavesBehind;
    private final Queue<NDArray> leftBehind = new ConcurrentLinkedQueue<>();
    private final AtomicInteger mostLeftBehind = new AtomicInteger();

    private Records(Builder builder) {
      super(builder);
      this.size = builder.size;
      this.bad = builder.bad;
      this.readNanos = builder.readNanos;
      this.leavesBehind = builder.leavesBehind;
    }

    @Override
    public Record get(NDManager manager, long index) throws IOException {
      readers.add(Thread.currentThread());
      mostInside.accumulateAndGet(inside.incrementAndGet(), Math::max);
      try {
        if (readNanos > 0) {
          spin(readNanos);
        }
        if (bad.contains(index)) {
          throw new IOException("cannot read " + index);
        }
        if (leavesBehind) {
          leave(manager.create(index));
        }
        NDArray image = manager.create(new float[] {index, index * 2f, -index, 0.5f * index});
        return new Record(new NDList(image), new NDList(manager.create(index % 7)));
      } finally {
        inside.decrementAndGet();
      }
    }

    private void leave(NDArray array) {
      leftBehind.removeIf(NDArray::isReleased);
      leftBehind.add(array);
      mostLeftBehind.accumulateAndGet(leftBehind.size(), Math::max);
    }

    /** The most arrays that were not part of their records and open at a time. */
    int mostLeftBehind() {
      return mostLeftBehind.get();
    }

    /** Keeps the processor busy. */
    static void spin(long nanos) {
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < nanos) {
        Thread.onSpinWait();
      }
    }

    int mostInside() {
      return mostInside.get();
    }

    /** The threads that have read records so far. */
    Set<Thread> readers() {
      return Set.copyOf(readers);
    }

    @Override
    protected long availableSize() {
      return size;
    }

    @Override
    public void prepare(Progress progress) {}

    static final class Builder extends BaseBuilder<Builder> {
      private int size = 50;
      private Set<Long> bad = Set.of();
      private long readNanos;
      private boolean leavesBehind;

      Builder size(int size) {
        this.size = size;
        return this;
      }

      Builder bad(Long... indices) {
        this.bad = Set.of(indices);
        return this;
      }

      /** Each record takes this long, and the processor with it. */
      Builder readNanos(long readNanos) {
        this.readNanos = readNanos;
        return this;
      }

      /** Each record makes an array that is no part of it. */
      Builder leavesBehind() {
        this.leavesBehind = true;
        return this;
      }

      @Override
      protected Builder self() {
        return this;
      }

      Records build() {
        return new Records(this);
      }
    }
  }

  /** A dataset that is none of DJL's own kinds. */
  record Plain(Dataset inner) implements Dataset {
    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
      return inner.getData(manager);
    }

    @Override
    public void prepare(Progress progress) throws IOException, TranslateException {
      inner.prepare(progress);
    }
  }

  static ArrayDataset.Builder arrays(NDManager manager, int size) {
    NDArray data = manager.arange(size * 6).toType(DataType.FLOAT32, true);
    return new ArrayDataset.Builder()
        .setData(data.reshape(new Shape(size, 2, 3)))
        .optLabels(manager.arange(size));
  }

  /** One batch as it was seen: everything that a consumer can ask of it. */
  record Seen(
      List<Float> data,
      List<Float> labels,
      String dataShapes,
      int size,
      long progress,
      long progressTotal,
      List<?> indices,
      String devices) {}

  /** Goes through all batches, and closes each. */
  static List<Seen> drain(Iterable<Batch> batches) {
    List<Seen> seen = new ArrayList<>();
    for (Batch batch : batches) {
      seen.add(see(batch));
      batch.close();
    }
    return seen;
  }

  static Seen see(Batch batch) {
    // Splitting needs the batchifiers, and must work.
    Batch[] split = batch.split(new ai.djl.Device[] {batch.getManager().getDevice()}, false);
    assert split.length == 1;
    return new Seen(
        values(batch.getData()),
        values(batch.getLabels()),
        shapes(batch.getData()),
        batch.getSize(),
        batch.getProgress(),
        batch.getProgressTotal(),
        batch.getIndices(),
        batch.getData().head().getDevice() + " " + batch.getManager().getDevice());
  }

  private static List<Float> values(NDList list) {
    List<Float> values = new ArrayList<>();
    for (NDArray array : list) {
      for (float value : array.toType(DataType.FLOAT32, false).toFloatArray()) {
        values.add(value);
      }
    }
    return values;
  }

  private static String shapes(NDList list) {
    StringBuilder shapes = new StringBuilder();
    list.forEach(
        a -> shapes.append(a.getName()).append(a.getShape()).append(a.getDataType()).append(' '));
    return shapes.toString();
  }

  /** Seeds what DJL's samplers draw from. */
  static void seed(long seed) {
    RandomUtils.RANDOM.setSeed(seed);
  }

  /** DJL's own pass, without an executor. */
  static List<Seen> djl(Dataset dataset, NDManager manager, long seed) throws Exception {
    seed(seed);
    return drain(dataset.getData(manager));
  }

  static List<Seen> djl(RandomAccessDataset dataset, Sampler sampler, NDManager manager, long seed)
      throws Exception {
    seed(seed);
    return drain(dataset.getData(manager, sampler));
  }
}
