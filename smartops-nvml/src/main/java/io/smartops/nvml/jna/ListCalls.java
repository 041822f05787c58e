package io.smartops.nvml.jna;

import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Calls the functions that fill arrays.
 *
 * <p>The count that comes back with INSUFFICIENT_SIZE may be stale by the time of the next call, so
 * each attempt asks for more room than it was told to. Thread-safe.
 */
final class ListCalls {
  /** Room of the first attempt: more than the usual list, so that one call does. */
  static final int FIRST_ROOM = 32;

  /** Attempts before a list that keeps growing is given up. */
  static final int ATTEMPTS = 5;

  private static final int UTILIZATION_BYTES = 32;
  private static final int SAMPLE_BYTES = 16;
  private static final int MAX_PERCENT = 100;
  private static final long NO_INSTANCE = 0xFFFF_FFFFL;

  private final NvmlLibrary library;

  ListCalls(NvmlLibrary library) {
    this.library = library;
  }

  Reading<List<GpuProcess>> processes(long handle, Query.Processes query) {
    for (ProcessLayout layout : ProcessLayout.newestFirst(library)) {
      Optional<NativeFunction> function = library.find(query.symbol() + layout.suffix());
      if (function.isPresent()) {
        return fill(
                query,
                ProcessLayout.MAX_BYTES,
                room -> function.get().call(handle, room.countAddress(), room.itemsAddress()))
            .map(
                room ->
                    room.items(layout.bytes(), (b, at) -> process(b, at, layout)).stream()
                        .filter(process -> process.pid() != 0)
                        .toList());
      }
    }
    return Answers.missing(query.symbol());
  }

  private static GpuProcess process(NativeBuffer buffer, int at, ProcessLayout layout) {
    long used = buffer.getLong(at + 8);
    return new GpuProcess(
        buffer.getUnsigned(at),
        used == -1L ? OptionalLong.empty() : OptionalLong.of(used),
        layout.hasInstances() ? instance(buffer, at + 16) : OptionalInt.empty(),
        layout.hasInstances() ? instance(buffer, at + 20) : OptionalInt.empty());
  }

  static OptionalInt instance(NativeBuffer buffer, int offset) {
    long id = buffer.getUnsigned(offset);
    return id == NO_INSTANCE ? OptionalInt.empty() : OptionalInt.of((int) id);
  }

  Reading<List<ProcessUtilization>> processUtilization(
      long handle, Query.ProcessUtilizations query) {
    Optional<NativeFunction> function = library.find(query.symbol());
    if (function.isEmpty()) {
      return Answers.missing(query.symbol());
    }
    Reading<List<ProcessUtilization>> reading =
        fill(
                query,
                UTILIZATION_BYTES,
                room ->
                    function
                        .get()
                        .call(
                            handle, room.itemsAddress(), room.countAddress(), query.sinceMicros()))
            .map(
                room ->
                    room.items(UTILIZATION_BYTES, ListCalls::utilization).stream()
                        .filter(sample -> isCredible(sample, query.sinceMicros()))
                        .toList());
    return reading.status() == NvmlStatus.NOT_FOUND ? Reading.of(List.of()) : reading;
  }

  private static ProcessUtilization utilization(NativeBuffer buffer, int at) {
    return new ProcessUtilization(
        buffer.getUnsigned(at),
        buffer.getLong(at + 8),
        buffer.getInt(at + 16),
        buffer.getInt(at + 20),
        buffer.getInt(at + 24),
        buffer.getInt(at + 28));
  }

  /** The driver pads its buffer with stale entries and, at times, with percentages above 100. */
  private static boolean isCredible(ProcessUtilization sample, long sinceMicros) {
    return sample.pid() != 0
        && sample.timestampMicros() > sinceMicros
        && IntStream.of(
                sample.smPercent(),
                sample.memoryPercent(),
                sample.encoderPercent(),
                sample.decoderPercent())
            .allMatch(percent -> percent >= 0 && percent <= MAX_PERCENT);
  }

  Reading<List<Sample>> samples(long handle, Query.Samples query) {
    Optional<NativeFunction> function = library.find(query.symbol());
    if (function.isEmpty()) {
      return Answers.missing(query.symbol());
    }
    NativeBuffer type = NativeBuffer.allocate(Integer.BYTES);
    Reading<List<Sample>> reading =
        fill(
                query,
                SAMPLE_BYTES,
                room ->
                    function
                        .get()
                        .call(
                            handle,
                            query.type().code(),
                            query.sinceMicros(),
                            type.address(),
                            room.countAddress(),
                            room.itemsAddress()))
            .map(
                room ->
                    room.items(
                        SAMPLE_BYTES,
                        (buffer, at) ->
                            new Sample(
                                buffer.getLong(at),
                                ValueType.of(type.getInt(0)).read(buffer, at + 8).doubleValue())));
    return reading.status() == NvmlStatus.NOT_FOUND ? Reading.of(List.of()) : reading;
  }

  private interface Filler {
    int fill(ListRoom room);
  }

  private static Reading<ListRoom> fill(Query<?> query, int itemBytes, Filler filler) {
    int capacity = FIRST_ROOM;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ListRoom room = ListRoom.allocate(capacity, itemBytes);
      NvmlStatus status = NvmlStatus.of(filler.fill(room));
      if (status == NvmlStatus.SUCCESS) {
        return Reading.of(room);
      }
      if (status != NvmlStatus.INSUFFICIENT_SIZE) {
        return Reading.absent(status, query.key());
      }
      capacity = 2 * Math.max(capacity, room.count());
    }
    return Reading.absent(NvmlStatus.INSUFFICIENT_SIZE, query.key());
  }
}
