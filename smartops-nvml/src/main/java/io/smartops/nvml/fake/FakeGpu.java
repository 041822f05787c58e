package io.smartops.nvml.fake;

import io.smartops.nvml.reading.EventType;
import io.smartops.nvml.reading.GpuEvent;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.NvmlStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** One card of a {@link FakeNvml}, and the script of what happens to it. Thread-safe. */
public final class FakeGpu {
  private static final String TOTAL = "memory.totalBytes";

  final int index;
  final FakeProfile profile;
  final FakePhysics physics;
  final List<FakeGpu> migDevices;
  final Optional<FakeGpu> parent;
  private final Map<Long, GpuProcess> processes = new HashMap<>();
  private final Map<String, NvmlStatus> faults = new HashMap<>();
  private final Map<String, CountDownLatch> hangs = new HashMap<>();
  private final List<FakeEventSource> watchers = new ArrayList<>();
  private final Object lock;
  private boolean lost;

  FakeGpu(int index, FakeProfile profile, long nanos, Object lock) {
    this(index, profile, nanos, lock, Optional.empty());
  }

  private FakeGpu(
      int index, FakeProfile profile, long nanos, Object lock, Optional<FakeGpu> parent) {
    this.index = index;
    this.profile = profile;
    this.lock = lock;
    this.parent = parent;
    this.physics = new FakePhysics(profile, nanos);
    int migs = parent.isPresent() ? 0 : (int) profile.constant("migDevices", 0);
    FakeProfile migProfile = profile.mig();
    this.migDevices =
        IntStream.range(0, migs)
            .mapToObj(i -> new FakeGpu(i, migProfile, nanos, lock, Optional.of(this)))
            .toList();
  }

  /** Sets the busy share of the chip, 0 to 1, from now on. */
  public FakeGpu load(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be from 0 to 1, but is " + share);
    }
    synchronized (lock) {
      physics.setLoad(share);
    }
    return this;
  }

  /** Sets the power limit from now on. */
  public FakeGpu powerLimitWatts(double watts) {
    synchronized (lock) {
      physics.setLimitWatts(watts);
    }
    return this;
  }

  /**
   * Gives a process some memory; 0 bytes ends it.
   *
   * @throws IllegalArgumentException where the card has not got that much
   */
  public FakeGpu process(long pid, long usedBytes) {
    synchronized (lock) {
      long others = usedBytes() - processBytes(pid);
      if (usedBytes < 0 || others + usedBytes > totalBytes() - reservedBytes()) {
        throw new IllegalArgumentException(
            "usedBytes must be from 0 to the "
                + (totalBytes() - reservedBytes() - others)
                + " that are free, but is "
                + usedBytes);
      }
      if (usedBytes == 0) {
        processes.remove(pid);
      } else {
        processes.put(
            pid, new GpuProcess(pid, OptionalLong.of(usedBytes), gpuInstance(), gpuInstance()));
      }
    }
    return this;
  }

  /** Makes a function answer a status from now on, by its name without version. */
  public FakeGpu fail(String symbol, NvmlStatus status) {
    synchronized (lock) {
      faults.put(symbol, status);
    }
    return this;
  }

  /** Ends what {@link #fail} began. */
  public FakeGpu recover(String symbol) {
    synchronized (lock) {
      faults.remove(symbol);
    }
    return this;
  }

  /** Makes a function hang until the latch opens. */
  public FakeGpu hang(String symbol, CountDownLatch until) {
    synchronized (lock) {
      hangs.put(symbol, until);
    }
    return this;
  }

  /** The card falls off the bus: everything is GPU_IS_LOST. */
  public FakeGpu lose() {
    synchronized (lock) {
      lost = true;
    }
    return this;
  }

  /** The card is back. */
  public FakeGpu comeBack() {
    synchronized (lock) {
      lost = false;
    }
    return this;
  }

  /** Reports an Xid error to all that watch for it. */
  public FakeGpu raiseXid(int code) {
    GpuEvent event =
        new GpuEvent(
            Set.of(EventType.XID_CRITICAL), code, OptionalInt.empty(), OptionalInt.empty());
    synchronized (lock) {
      watchers.forEach(watcher -> watcher.offer(event));
    }
    return this;
  }

  /** Number of MIG devices; 0 where the card is not partitioned. */
  public int migDevices() {
    return migDevices.size();
  }

  void watch(FakeEventSource source) {
    watchers.add(source);
  }

  void unwatch(FakeEventSource source) {
    watchers.remove(source);
  }

  /** The scripted fault of a function; SUCCESS for none. */
  NvmlStatus fault(String symbol) {
    return lost || parent.map(card -> card.lost).orElse(false)
        ? NvmlStatus.GPU_IS_LOST
        : faults.getOrDefault(symbol, NvmlStatus.SUCCESS);
  }

  Optional<CountDownLatch> hangOf(String symbol) {
    return Optional.ofNullable(hangs.get(symbol));
  }

  List<GpuProcess> processes() {
    List<GpuProcess> all = new ArrayList<>(processes.values());
    migDevices.forEach(mig -> all.addAll(mig.processes()));
    return all;
  }

  long usedBytes() {
    return processes().stream().mapToLong(process -> process.usedBytes().orElse(0)).sum();
  }

  private long processBytes(long pid) {
    GpuProcess process = processes.get(pid);
    return process == null ? 0 : process.usedBytes().orElse(0);
  }

  long totalBytes() {
    return (long) profile.constant(TOTAL, 0);
  }

  long reservedBytes() {
    return (long) profile.constant("memory.reservedBytes", 0);
  }

  /** The fake gives each MIG device an instance of its own, from 1. */
  OptionalInt gpuInstance() {
    return parent.isPresent() ? OptionalInt.of(index + 1) : OptionalInt.empty();
  }

  String uuid() {
    String kind = parent.isPresent() ? "MIG" : "GPU";
    int card = parent.map(gpu -> gpu.index).orElse(index);
    int part = parent.isPresent() ? index + 1 : 0;
    return String.format("%s-%08x-fa4e-0000-0000-%012x", kind, 0xF0000000 + card, part);
  }

  int bus() {
    int card = parent.map(gpu -> gpu.index).orElse(index);
    return 0x17 + card * 0x10;
  }
}
