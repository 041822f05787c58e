package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import com.google.gson.JsonObject;
import io.smartops.SmartLoader;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartLoaderOptions.Transfer;
import java.time.Duration;
import java.util.Set;

/**
 * Sends whole-number images to the GPU as float32, as what is lossless, and as float16, and
 * compares what arrives with what was sent, bit for bit where nothing may be lost.
 */
final class LoaderTransfers implements Check {
  private static final int IMAGES = 512;
  private static final int BATCH = 64;

  /** Passes of each kind; the loader measures both ways in the first batches of each. */
  private static final int PASSES = 3;

  /** Rounding to 11 significant bits of numbers below 1. */
  private static final float HALF_TOLERANCE = 5e-4f;

  @Override
  public String name() {
    return "loader-transfer";
  }

  @Override
  public String question() {
    return "do narrower transfers to the GPU arrive unchanged, and faster?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(3);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.FITTING_LIBTORCH);
  }

  @Override
  public Finding run(Stages stages) {
    return TrainingHost.isCuda()
        ? compare(stages, TrainingHost.device())
        : Finding.cannotRun("no link to cross: the libtorch found is not a CUDA build");
  }

  /** What the passes of one kind showed. */
  private record Passes(double millis, long savedBytes, float largestError) {
    void addTo(JsonObject figures, String name) {
      JsonObject row = new JsonObject();
      row.addProperty("millisPerBatch", millis);
      row.addProperty("savedBytes", savedBytes);
      row.addProperty("largestError", largestError);
      figures.add(name, row);
    }
  }

  static Finding compare(Stages stages, Device device) {
    JsonObject figures = new JsonObject();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Shape shape = new Shape(IMAGES, 3, 224, 224);
      NDArray whole = manager.randomUniform(0, 255, shape, DataType.FLOAT32).round();
      NDArray fractions = manager.randomUniform(0, 1, shape, DataType.FLOAT32);
      // Unmeasured, so that the first kind does not pay for the device's warm-up.
      passes(whole, device, Transfer.FULL);
      stages.begin("float32");
      Passes full = passes(whole, device, Transfer.FULL);
      stages.begin("uint8");
      Passes bytes = passes(whole, device, Transfer.LOSSLESS);
      stages.begin("float16");
      Passes half = passes(fractions, device, Transfer.FLOAT16);
      full.addTo(figures, "float32");
      bytes.addTo(figures, "uint8");
      half.addTo(figures, "float16");
      boolean right =
          full.largestError == 0 && bytes.largestError == 0 && half.largestError < HALF_TOLERANCE;
      return Finding.of(right, summary(full, bytes, half), figures);
    }
  }

  private static String summary(Passes full, Passes bytes, Passes half) {
    return "float32 %.2f, lossless %.2f, float16 %.2f ms a batch; largest errors %.1e, %.1e, %.1e"
        .formatted(
            full.millis,
            bytes.millis,
            half.millis,
            full.largestError,
            bytes.largestError,
            half.largestError);
  }

  private static Passes passes(NDArray images, Device device, Transfer transfer) {
    ArrayDataset dataset =
        new ArrayDataset.Builder().setData(images).setSampling(BATCH, false).build();
    SmartLoaderOptions options =
        SmartLoaderOptions.builder()
            .optManager(images.getManager())
            .optDevice(device)
            .optTransfer(transfer)
            .build();
    float largestError = 0;
    long nanos = 0;
    int batches = 0;
    try (SmartLoader loader = SmartLoader.of(dataset, options)) {
      for (int pass = 0; pass < PASSES; pass++) {
        long begin = System.nanoTime();
        for (Batch batch : loader) {
          try (batch) {
            nanos += System.nanoTime() - begin;
            largestError = Math.max(largestError, error(images, batch, batches));
            batches++;
            begin = System.nanoTime();
          }
        }
      }
      return new Passes(nanos / 1e6 / batches, loader.stats().savedTransferBytes(), largestError);
    }
  }

  private static float error(NDArray images, Batch batch, int number) {
    int first = number * BATCH % IMAGES;
    NDArray arrived = batch.getData().head().toDevice(Device.cpu(), true);
    try (NDManager scratch = batch.getManager().newSubManager()) {
      arrived.attach(scratch);
      NDArray sent = images.get(scratch, new NDIndex(first + ":" + (first + BATCH)));
      if (arrived.toByteBuffer().equals(sent.toByteBuffer())) {
        return 0;
      }
      NDArray difference = arrived.sub(sent).abs();
      // Equal in value but not bit by bit is an error too.
      return Math.max(Float.MIN_VALUE, difference.max().getFloat());
    }
  }
}
