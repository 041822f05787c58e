package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import io.smartops.SmartLoaderOptions.Transfer;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.LoaderTransferPolicy;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves batches to the device, narrower where that is allowed and was measured to be faster. One
 * choice for each position and kind of array. Thread-safe.
 */
final class LoaderTransfer {
  /** Below this an array's transfer is all latency, and narrowing cannot pay. */
  private static final long LEAST_BYTES = 64 * 1024;

  /** The way to the device; replaced in tests where there is none. */
  interface Link {
    boolean crosses(NDArray array, Device device);

    NDArray send(NDArray array, Device device);

    /** DJL's own. */
    Link DJL =
        new Link() {
          @Override
          public boolean crosses(NDArray array, Device device) {
            return !array.getDevice().equals(device);
          }

          @Override
          public NDArray send(NDArray array, Device device) {
            return array.toDevice(device, false);
          }
        };
  }

  /** The narrow way was taken for good, for arrays of this size. */
  private record Choice(LoaderTransferPolicy policy, long bytes) {}

  private final @Nullable Device device;
  private final Transfer allowed;
  private final Link link;
  private final LongSupplier nanoClock;
  private final Map<Integer, LoaderTransferPolicy> policies = new ConcurrentHashMap<>();
  private final Map<LoaderTransferPolicy, DataType> narrowTypes = new ConcurrentHashMap<>();
  private final Queue<Choice> choices = new ConcurrentLinkedQueue<>();
  private final AtomicLong savedBytes = new AtomicLong();

  LoaderTransfer(@Nullable Device device, Transfer allowed, Link link, LongSupplier nanoClock) {
    this.device = device;
    this.allowed = allowed;
    this.link = link;
    this.nanoClock = nanoClock;
  }

  long savedBytes() {
    return savedBytes.get();
  }

  /** Gives the list on the device, equal to what DJL's {@code toDevice} would give. */
  NDList send(NDList list) {
    if (device == null) {
      return list;
    }
    NDList sent = new NDList(list.size());
    for (int i = 0; i < list.size(); i++) {
      sent.add(send(i, list.get(i), device));
    }
    return sent;
  }

  private NDArray send(int position, NDArray array, Device target) {
    if (!isCandidate(array, target)) {
      return link.send(array, target);
    }
    LoaderTransferPolicy policy =
        policies.computeIfAbsent(position, p -> new LoaderTransferPolicy());
    synchronized (policy) {
      return measured(array, target, policy);
    }
  }

  private boolean isCandidate(NDArray array, Device target) {
    return allowed != Transfer.FULL
        && array.getDataType() == DataType.FLOAT32
        && LoaderBytes.of(array) >= LEAST_BYTES
        && link.crosses(array, target);
  }

  private NDArray measured(NDArray array, Device target, LoaderTransferPolicy policy) {
    boolean wasDecided = policy.isDecided();
    long startNanos = nanoClock.getAsLong();
    Optional<NDArray> narrow = policy.narrowNext() ? narrowed(array) : Optional.empty();
    if (narrow.isEmpty() && policy.narrowNext()) {
      policy.refuseNarrow();
    }
    NDArray sent = narrow.isPresent() ? sendNarrow(narrow.get(), target) : link.send(array, target);
    sent.setName(array.getName());
    policy.measured(narrow.isPresent(), LoaderBytes.of(array), nanoClock.getAsLong() - startNanos);
    long saved = narrow.map(n -> LoaderBytes.of(array) - LoaderBytes.of(n)).orElse(0L);
    savedBytes.addAndGet(saved);
    narrow.ifPresent(n -> narrowTypes.put(policy, n.getDataType()));
    if (!wasDecided && policy.prefersNarrow()) {
      choices.add(new Choice(policy, LoaderBytes.of(array)));
    }
    return sent;
  }

  /** Tells of the choices made since the last call, on the caller's thread. */
  void journalChoices(long step, Consumer<Decision> journal) {
    for (Choice choice = choices.poll(); choice != null; choice = choices.poll()) {
      journal.accept(decision(step, choice));
    }
  }

  private Decision decision(long step, Choice choice) {
    DataType type = narrowTypes.getOrDefault(choice.policy, DataType.UINT8);
    double fullMillis = choice.policy.meanFull() * choice.bytes / 1e6;
    double narrowMillis = choice.policy.meanNarrow() * choice.bytes / 1e6;
    long saved = choice.bytes - choice.bytes / 4 * type.getNumOfBytes();
    return new Decision(
        step,
        Knob.TRANSFER_TYPE,
        "float32",
        type.toString(),
        "it crosses in %.3f instead of %.3f ms a batch and is widened on the device"
            .formatted(narrowMillis, fullMillis),
        Map.of("savedBytesPerBatch", (double) saved));
  }

  private NDArray sendNarrow(NDArray narrow, Device target) {
    NDArray onDevice = link.send(narrow, target);
    return onDevice.toType(DataType.FLOAT32, true);
  }

  private Optional<NDArray> narrowed(NDArray array) {
    Optional<NDArray> bytes = LoaderNarrowing.toUint8(array);
    if (bytes.isPresent() || allowed != Transfer.FLOAT16) {
      return bytes;
    }
    return Optional.of(array.toType(DataType.FLOAT16, true));
  }
}
