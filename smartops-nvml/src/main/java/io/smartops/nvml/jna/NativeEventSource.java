package io.smartops.nvml.jna;

import io.smartops.nvml.driver.EventSource;
import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An event set with one device. Never waits: a wait would hold the thread of all readings. */
final class NativeEventSource implements EventSource {
  private static final String CREATE = "nvmlEventSetCreate";
  private static final String REGISTER = "nvmlDeviceRegisterEvents";
  private static final List<String> WAIT = List.of("nvmlEventSetWait_v2", "nvmlEventSetWait");
  private static final String FREE = "nvmlEventSetFree";
  private static final int DATA_BYTES = 32;

  /** Events taken by one poll; a storm must not hold the thread. */
  private static final int MAX_EVENTS = 64;

  private final NativeFunction wait;
  private final NativeFunction free;
  private final long set;
  private final NativeBuffer data = NativeBuffer.allocate(DATA_BYTES);

  private NativeEventSource(NativeFunction wait, NativeFunction free, long set) {
    this.wait = wait;
    this.free = free;
    this.set = set;
  }

  static Reading<EventSource> open(NvmlLibrary library, long handle, Set<EventType> types) {
    Optional<NativeFunction> wait = library.find(WAIT);
    if (wait.isEmpty()) {
      return Answers.missing(WAIT.get(0));
    }
    for (String symbol : List.of(CREATE, REGISTER, FREE)) {
      if (!library.exports(symbol)) {
        return Answers.missing(symbol);
      }
    }
    NativeBuffer created = NativeBuffer.allocate(Long.BYTES);
    int code = library.find(CREATE).orElseThrow().call(created.address());
    NativeFunction free = library.find(FREE).orElseThrow();
    return Answers.of(
            code, CREATE, () -> new NativeEventSource(wait.get(), free, created.getLong(0)))
        .flatMap(source -> source.register(library, handle, types));
  }

  private Reading<EventSource> register(NvmlLibrary library, long handle, Set<EventType> types) {
    int code = library.find(REGISTER).orElseThrow().call(handle, EventType.mask(types), set);
    if (code != NvmlStatus.SUCCESS.code()) {
      close();
    }
    return Answers.of(code, REGISTER, () -> this);
  }

  @Override
  public Reading<List<GpuEvent>> poll() {
    List<GpuEvent> events = new ArrayList<>();
    while (events.size() < MAX_EVENTS) {
      NvmlStatus status = NvmlStatus.of(wait.call(set, data.address(), 0));
      if (status == NvmlStatus.SUCCESS) {
        events.add(event());
      } else if (status == NvmlStatus.TIMEOUT || !events.isEmpty()) {
        break;
      } else {
        return Reading.absent(status, WAIT.get(0));
      }
    }
    return Reading.of(List.copyOf(events));
  }

  private GpuEvent event() {
    return new GpuEvent(
        EventType.ofMask(data.getLong(8)),
        data.getLong(16),
        ListCalls.instance(data, 24),
        ListCalls.instance(data, 28));
  }

  @Override
  public void close() {
    free.call(set);
  }
}
