package io.smartops.nvml.fake;

import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import io.smartops.nvml.reading.SampleType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Answers queries from a card's signals, then its profile. Handles are {@code 100 × (card + 1)},
 * plus {@code device + 1} for MIG devices.
 */
final class FakeAnswers {
  private static final long STRIDE = 100;

  private final List<FakeGpu> gpus;

  FakeAnswers(List<FakeGpu> gpus) {
    this.gpus = gpus;
  }

  static long handle(FakeGpu gpu) {
    return gpu.parent.map(card -> handle(card) + gpu.index + 1).orElse(STRIDE * (gpu.index + 1));
  }

  static Optional<FakeGpu> byHandle(List<FakeGpu> gpus, long handle) {
    return everything(gpus).filter(gpu -> handle(gpu) == handle).findFirst();
  }

  private static Stream<FakeGpu> everything(List<FakeGpu> gpus) {
    return gpus.stream().flatMap(gpu -> Stream.concat(Stream.of(gpu), gpu.migDevices.stream()));
  }

  <T> Reading<T> system(Query.Numbers<T> query) {
    return switch (query.symbol()) {
      case "nvmlDeviceGetCount" -> decode(query, gpus.size());
      case "nvmlDeviceGetHandleByIndex" -> byIndex(query);
      default -> gpus.get(0).profile.numbers(query.key()).flatMap(n -> decode(query, n));
    };
  }

  private <T> Reading<T> byIndex(Query.Numbers<T> query) {
    long index = query.arguments().get(0);
    if (index >= gpus.size()) {
      return Reading.absent(NvmlStatus.INVALID_ARGUMENT, query.key());
    }
    FakeGpu gpu = gpus.get((int) index);
    NvmlStatus fault = gpu.fault(query.symbol());
    return fault == NvmlStatus.SUCCESS
        ? decode(query, handle(gpu))
        : Reading.absent(fault, query.key());
  }

  <T> Reading<T> numbers(FakeGpu gpu, Query.Numbers<T> query) {
    return structure(gpu, query)
        .or(() -> FakeSignals.numbers(gpu, query.key()))
        .map(numbers -> decode(query, numbers))
        .orElseGet(() -> profile(gpu, query));
  }

  /** Place and partition, which depend on more than one card. */
  private static Optional<long[]> structure(FakeGpu gpu, Query.Numbers<?> query) {
    return switch (query.symbol()) {
      case "nvmlDeviceGetPciInfo" -> Optional.of(new long[] {0, gpu.bus(), 0, 0x10DE, 0x10DE});
      case "nvmlDeviceGetMaxMigDeviceCount" -> Optional.of(new long[] {gpu.migDevices.size()});
      case "nvmlDeviceGetMigDeviceHandleByIndex" ->
          gpu.migDevices.stream()
              .filter(mig -> mig.index == query.arguments().get(0))
              .findFirst()
              .map(mig -> new long[] {handle(mig)});
      case "nvmlDeviceGetDeviceHandleFromMigDeviceHandle" ->
          gpu.parent.map(card -> new long[] {handle(card)});
      case "nvmlDeviceGetGpuInstanceId" ->
          gpu.parent.map(card -> new long[] {gpu.gpuInstance().orElseThrow()});
      case "nvmlDeviceGetComputeInstanceId" -> gpu.parent.map(card -> new long[] {0});
      default -> Optional.empty();
    };
  }

  /** The entry for these arguments, or else for any. */
  private static <T> Reading<T> profile(FakeGpu gpu, Query.Numbers<T> query) {
    String key = gpu.profile.has(query.key()) ? query.key() : query.symbol();
    return gpu.profile.numbers(key).flatMap(numbers -> decode(query, numbers));
  }

  private static <T> Reading<T> decode(Query.Numbers<T> query, long... numbers) {
    return query.signatures().get(0).decoder().decode(numbers);
  }

  Reading<String> text(FakeGpu gpu, Query.Text query) {
    return query.symbol().equals("nvmlDeviceGetUUID")
        ? Reading.of(gpu.uuid())
        : gpu.profile.text(query.symbol());
  }

  Reading<Long> lookup(Query.Lookup query) {
    boolean byUuid = query.symbol().equals("nvmlDeviceGetHandleByUUID");
    Optional<FakeGpu> found =
        everything(gpus)
            .filter(gpu -> byUuid || gpu.parent.isEmpty())
            .filter(gpu -> query.text().equals(byUuid ? gpu.uuid() : busId(gpu)))
            .findFirst();
    if (found.isEmpty()) {
      return Reading.absent(NvmlStatus.NOT_FOUND, query.symbol());
    }
    NvmlStatus fault = found.get().fault(query.symbol());
    return fault == NvmlStatus.SUCCESS
        ? Reading.of(handle(found.get()))
        : Reading.absent(fault, query.symbol());
  }

  private static String busId(FakeGpu gpu) {
    return String.format("00000000:%02X:00.0", gpu.bus());
  }

  static List<ProcessUtilization> processUtilization(FakeGpu gpu, long since, long now) {
    int sm = (int) Math.round(100 * gpu.physics.load() / Math.max(1, gpu.processes().size()));
    return now <= since
        ? List.of()
        : gpu.processes().stream()
            .map(process -> new ProcessUtilization(process.pid(), now, sm, sm / 2, 0, 0))
            .toList();
  }

  static Reading<List<Sample>> samples(FakeGpu gpu, Query.Samples query, long now) {
    if (now <= query.sinceMicros()) {
      return Reading.of(List.of());
    }
    if (query.type() == SampleType.TOTAL_POWER_MILLIWATTS) {
      return Reading.of(List.of(new Sample(now, 1000 * gpu.physics.watts())));
    }
    return query.type() == SampleType.GPU_UTILIZATION_PERCENT
        ? Reading.of(List.of(new Sample(now, 100 * gpu.physics.load())))
        : Reading.absent(NvmlStatus.NOT_SUPPORTED, query.symbol());
  }

  static List<FieldValue> fields(FakeGpu gpu, Query.Fields query, long now) {
    return query.requests().stream()
        .map(request -> new FieldValue(request, field(gpu, request), now))
        .toList();
  }

  private static Reading<Number> field(FakeGpu gpu, FieldRequest request) {
    String key = "field." + request.id();
    return gpu.profile
        .text(key)
        .flatMap(
            value ->
                FakeSignals.field(gpu, request.id())
                    .map(number -> Reading.of((Number) number))
                    .orElseGet(() -> Reading.of((Number) Long.decode(value))));
  }
}
