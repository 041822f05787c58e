package io.smartops.nvml.jna;

import io.smartops.nvml.driver.GpmSource;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmValue;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Two samples of the performance monitor, exchanged at each {@link #advance}. */
final class NativeGpmSource implements GpmSource {
  /**
   * Room for every metric of any header: the array has grown from 98 to 333 entries under the same
   * version number, and a driver may clear all it knows.
   */
  private static final int MAX_METRICS = 333;

  private static final int HEADER_BYTES = 24;
  private static final int METRIC_BYTES = 40;
  private static final int VERSION = 1;
  private static final String METRICS_GET = "nvmlGpmMetricsGet";

  private final NativeFunction metricsGet;
  private final NativeFunction sampleFree;
  private final Sampler sampler;
  private final NativeBuffer request =
      NativeBuffer.allocate(HEADER_BYTES + MAX_METRICS * METRIC_BYTES);

  /** Names of units by the address of the driver's constant, so that each is read once. */
  private final Map<Long, String> units = new HashMap<>();

  private long previous;
  private long latest;

  /** Fills a sample, of the whole device or of a MIG instance. */
  private interface Sampler {
    int sample(long sample);
  }

  private NativeGpmSource(
      NativeFunction metricsGet, NativeFunction sampleFree, Sampler sampler, long[] samples) {
    this.metricsGet = metricsGet;
    this.sampleFree = sampleFree;
    this.sampler = sampler;
    this.previous = samples[0];
    this.latest = samples[1];
  }

  static Reading<GpmSource> open(NvmlLibrary library, long handle, OptionalInt gpuInstance) {
    String get = gpuInstance.isPresent() ? "nvmlGpmMigSampleGet" : "nvmlGpmSampleGet";
    for (String symbol : List.of(METRICS_GET, "nvmlGpmSampleAlloc", "nvmlGpmSampleFree", get)) {
      if (!library.exports(symbol)) {
        return Answers.missing(symbol);
      }
    }
    NativeFunction sampleGet = library.find(get).orElseThrow();
    Sampler sampler =
        gpuInstance.isPresent()
            ? sample -> sampleGet.call(handle, gpuInstance.getAsInt(), sample)
            : sample -> sampleGet.call(handle, sample);
    return allocate(library)
        .map(
            samples ->
                new NativeGpmSource(
                    library.find(METRICS_GET).orElseThrow(),
                    library.find("nvmlGpmSampleFree").orElseThrow(),
                    sampler,
                    samples));
  }

  private static Reading<long[]> allocate(NvmlLibrary library) {
    NativeFunction allocate = library.find("nvmlGpmSampleAlloc").orElseThrow();
    NativeBuffer samples = NativeBuffer.allocate(2 * Long.BYTES);
    int code = allocate.call(samples.address());
    if (code == 0) {
      code = allocate.call(samples.address() + Long.BYTES);
      if (code != 0) {
        library.find("nvmlGpmSampleFree").orElseThrow().call(samples.getLong(0));
      }
    }
    return Answers.of(
        code,
        "nvmlGpmSampleAlloc",
        () -> new long[] {samples.getLong(0), samples.getLong(Long.BYTES)});
  }

  @Override
  public NvmlStatus advance() {
    NvmlStatus status = NvmlStatus.of(sampler.sample(previous));
    if (status == NvmlStatus.SUCCESS) {
      long newest = previous;
      previous = latest;
      latest = newest;
    }
    return status;
  }

  @Override
  public Reading<Map<GpmMetric, Reading<GpmValue>>> metrics(Set<GpmMetric> metrics) {
    List<GpmMetric> order = List.copyOf(metrics);
    write(order);
    int code = metricsGet.call(request.address());
    return Answers.of(code, METRICS_GET, () -> read(order));
  }

  private void write(List<GpmMetric> order) {
    request.clear(HEADER_BYTES + order.size() * METRIC_BYTES);
    request.putInt(0, VERSION);
    request.putInt(4, order.size());
    request.putLong(8, previous);
    request.putLong(16, latest);
    for (int i = 0; i < order.size(); i++) {
      request.putInt(HEADER_BYTES + i * METRIC_BYTES, order.get(i).code());
    }
  }

  private Map<GpmMetric, Reading<GpmValue>> read(List<GpmMetric> order) {
    Map<GpmMetric, Reading<GpmValue>> values = new EnumMap<>(GpmMetric.class);
    for (int i = 0; i < order.size(); i++) {
      values.put(order.get(i), read(order.get(i), HEADER_BYTES + i * METRIC_BYTES));
    }
    return values;
  }

  /** Each metric fails on its own; a counter that did not run reads as NaN. */
  private Reading<GpmValue> read(GpmMetric metric, int at) {
    double value = request.getDouble(at + 8);
    String unit = units.computeIfAbsent(request.getLong(at + 32), NativeBuffer::foreignText);
    return Answers.of(request.getInt(at + 4), metric.name(), () -> new GpmValue(value, unit))
        .flatMap(
            read ->
                Double.isFinite(value)
                    ? Reading.of(read)
                    : Reading.absent(NvmlStatus.NO_DATA, metric.name()));
  }

  @Override
  public void close() {
    sampleFree.call(previous);
    sampleFree.call(latest);
  }
}
