package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import io.smartops.nvml.GpmSession;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Holds the performance monitor against loads of known size: copies to the GPU, copies back, and a
 * product of matrices. Bytes copied per second divided by the reading give the bytes in its unit.
 */
final class GpmUnderLoad implements Check {
  private static final Duration LOAD = Duration.ofSeconds(2);
  private static final int COPY_FLOATS = 16 << 20;
  private static final int MATRIX = 4096;

  /** SMs that a large product leaves idle for half of the time would be a wrong reading. */
  private static final double LEAST_ACTIVE_PERCENT = 50;

  @Override
  public String name() {
    return "gpm-load";
  }

  @Override
  public String question() {
    return "what do performance-monitor figures mean under a known load?";
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
    if (!TrainingHost.isCuda()) {
      return Finding.cannotRun("libtorch is a CPU build: it cannot load a GPU");
    }
    stages.begin("open NVML");
    return NvmlAccess.with(nvml -> measure(nvml, stages));
  }

  private static Finding measure(Nvml nvml, Stages stages) {
    Reading<GpmSession> session = nvml.cudaDevices().device(0).flatMap(GpuDevice::openGpm);
    if (!session.isPresent()) {
      return Finding.cannotRun("no performance monitor (Hopper or later): " + session);
    }
    try (GpmSession open = session.orElseThrow();
        NDManager manager = NDManager.newBaseManager(TrainingHost.device(), "PyTorch")) {
      return new Loads(stages, open, manager).finding();
    }
  }

  /** The loads, one after the other. */
  private static final class Loads {
    private final Stages stages;
    private final GpmSession session;
    private final NDManager manager;
    private final JsonObject figures = new JsonObject();

    Loads(Stages stages, GpmSession session, NDManager manager) {
      this.stages = stages;
      this.session = session;
      this.manager = manager;
    }

    Finding finding() {
      NDArray there = manager.ones(new Shape(COPY_FLOATS));
      NDArray here = there.toDevice(Device.cpu(), true);
      String in = copies("to the GPU", GpmMetric.PCIE_RECEIVE, here, manager.getDevice());
      String out = copies("from the GPU", GpmMetric.PCIE_TRANSMIT, there, Device.cpu());
      OptionalDouble active = product();
      boolean right = active.isPresent() && active.getAsDouble() >= LEAST_ACTIVE_PERCENT;
      String summary =
          String.format(
              Locale.ROOT,
              "PCIe in: %s; out: %s; SM active %.0f %% under a product",
              in,
              out,
              active.orElse(0));
      return Finding.of(right, summary, figures);
    }

    private String copies(String name, GpmMetric metric, NDArray source, Device target) {
      stages.begin("copies " + name);
      long[] copies = new long[1];
      Reading<GpmWindow> window =
          GpmFigures.during(
              session, () -> copies[0] = repeat(() -> source.toDevice(target, true).close()));
      JsonObject load = GpmFigures.of(window);
      figures.add("copies " + name, load);
      Reading<GpmValue> reading = window.flatMap(w -> w.metric(metric));
      Optional<GpmValue> value = reading.toOptional();
      if (value.isEmpty()) {
        return reading.toString();
      }
      double seconds = window.orElseThrow().length().toNanos() / 1e9;
      double bytesPerSecond = copies[0] * 4.0 * COPY_FLOATS / seconds;
      double bytesInUnit = bytesPerSecond / value.get().value();
      load.addProperty("copiedBytesPerSecond", bytesPerSecond);
      load.addProperty("copiedBytesInUnit", String.valueOf(bytesInUnit));
      return String.format(
          Locale.ROOT,
          "%.1f GB/s, 1 %s = %.0f B",
          bytesPerSecond / 1e9,
          value.get().unit(),
          bytesInUnit);
    }

    private OptionalDouble product() {
      stages.begin("product of matrices");
      NDArray matrix = manager.ones(new Shape(MATRIX, MATRIX));
      Reading<GpmWindow> window =
          GpmFigures.during(
              session,
              () ->
                  repeat(
                      () -> {
                        try (NDArray product = matrix.matMul(matrix)) {
                          product.getFloat(0, 0);
                        }
                      }));
      figures.add("product", GpmFigures.of(window));
      return window.flatMap(w -> w.metric(GpmMetric.SM_ACTIVE)).toOptional().stream()
          .mapToDouble(GpmValue::value)
          .findFirst();
    }

    private static long repeat(Runnable piece) {
      long began = System.nanoTime();
      long count = 0;
      while (System.nanoTime() - began < LOAD.toNanos()) {
        piece.run();
        count++;
      }
      return count;
    }
  }
}
