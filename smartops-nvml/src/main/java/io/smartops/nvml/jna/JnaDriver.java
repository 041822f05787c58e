package io.smartops.nvml.jna;

import io.smartops.nvml.driver.EventSource;
import io.smartops.nvml.driver.GpmSource;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.driver.NvmlDriver;
import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** NVML through the library of the NVIDIA driver. Thread-safe. */
public final class JnaDriver implements NvmlDriver {
  private final NvmlLibrary library;
  private final NumberCalls numbers;
  private final ListCalls lists;
  private final FieldCalls fields;

  private JnaDriver(NvmlLibrary library) {
    this.library = library;
    this.numbers = new NumberCalls(library);
    this.lists = new ListCalls(library);
    this.fields = new FieldCalls(library);
  }

  /** Loads the driver's own library from where the system keeps it. */
  public static Reading<NvmlDriver> load() {
    return load(NvmlLibrary.defaultName());
  }

  /**
   * Loads a library by name or by path; LIBRARY_NOT_FOUND where that fails.
   *
   * @param name a file, or a name to look for in {@code jna.library.path} and the system's places
   */
  public static Reading<NvmlDriver> load(String name) {
    return NvmlLibrary.load(name).map(JnaDriver::new);
  }

  @Override
  public NvmlStatus init() {
    return lifecycle(List.of("nvmlInit_v2", "nvmlInit"));
  }

  @Override
  public NvmlStatus shutdown() {
    return lifecycle(List.of("nvmlShutdown"));
  }

  private NvmlStatus lifecycle(List<String> symbols) {
    return library
        .find(symbols)
        .map(function -> NvmlStatus.of(function.call()))
        .orElse(NvmlStatus.FUNCTION_NOT_FOUND);
  }

  @Override
  public <T> Reading<T> numbers(long handle, Query.Numbers<T> query) {
    return numbers.read(handle, query);
  }

  @Override
  public Reading<String> text(long handle, Query.Text query) {
    Optional<NativeFunction> function = library.find(query.symbol());
    if (function.isEmpty()) {
      return Answers.missing(query.symbol());
    }
    NativeBuffer buffer = NativeBuffer.allocate(query.capacity());
    int code =
        query.onDevice()
            ? function.get().call(handle, buffer.address(), query.capacity())
            : function.get().call(buffer.address(), query.capacity());
    return Answers.of(code, query, buffer::text);
  }

  @Override
  public Reading<Long> lookup(Query.Lookup query) {
    Optional<NativeFunction> function = library.find(query.versions());
    if (function.isEmpty()) {
      return Answers.missing(query.symbol());
    }
    NativeBuffer text = NativeBuffer.ofText(query.text());
    NativeBuffer handle = NativeBuffer.allocate(Long.BYTES);
    int code = text.during(() -> function.get().call(text.address(), handle.address()));
    return Answers.of(code, query, () -> handle.getLong(0));
  }

  @Override
  public Reading<List<GpuProcess>> processes(long handle, Query.Processes query) {
    return lists.processes(handle, query);
  }

  @Override
  public Reading<List<ProcessUtilization>> processUtilization(
      long handle, Query.ProcessUtilizations query) {
    return lists.processUtilization(handle, query);
  }

  @Override
  public Reading<List<Sample>> samples(long handle, Query.Samples query) {
    return lists.samples(handle, query);
  }

  @Override
  public Reading<List<FieldValue>> fields(long handle, Query.Fields query) {
    return fields.read(handle, query);
  }

  @Override
  public Reading<MemoryProbe> openMemory(long handle) {
    return NativeMemoryProbe.open(library, handle);
  }

  @Override
  public Reading<GpmSource> openGpm(long handle, OptionalInt gpuInstance) {
    return NativeGpmSource.open(library, handle, gpuInstance);
  }

  @Override
  public Reading<EventSource> openEvents(long handle, Set<EventType> types) {
    return NativeEventSource.open(library, handle, types);
  }
}
