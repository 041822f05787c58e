package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.MigAttributes;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.DeviceIdentity.MigPlace;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Follows one device, also through its loss and return. Confined to the driver's thread. */
final class DeviceTracker implements AutoCloseable {
  /** Statuses after which the handle may be worthless though the device may come back. */
  private static final Set<NvmlStatus> LOST =
      EnumSet.of(
          NvmlStatus.GPU_IS_LOST,
          NvmlStatus.INVALID_ARGUMENT,
          NvmlStatus.NOT_FOUND,
          NvmlStatus.RESET_REQUIRED,
          NvmlStatus.UNKNOWN);

  private final Nvml nvml;
  private final DeviceIdentity identity;
  private GpuDevice device;
  private Reading<MemoryProbe> memory;
  private SlowTier slowTier;
  private RareTier rareTier;
  private SlowReadings slow = SlowReadings.absent(NvmlStatus.NOT_READY);
  private RareReadings rare = RareReadings.absent(NvmlStatus.NOT_READY);
  private boolean lost;

  DeviceTracker(Nvml nvml, GpuDevice device, int index) {
    this.nvml = nvml;
    this.device = device;
    this.identity = identify(device, index);
    this.memory = device.openMemoryProbe();
    this.slowTier = new SlowTier(device);
    this.rareTier = new RareTier(device);
  }

  private static DeviceIdentity identify(GpuDevice device, int index) {
    return new DeviceIdentity(
        index,
        device.uuid().orElse(""),
        device.name().orElse(""),
        device.mig().parent().orElse(device).pci().map(PciAddress::busId).orElse(""),
        place(device));
  }

  private static Optional<MigPlace> place(GpuDevice device) {
    return device
        .mig()
        .gpuInstance()
        .toOptional()
        .filter(instance -> device.mig().parent().isPresent())
        .map(
            instance ->
                new MigPlace(
                    instance,
                    device.mig().computeInstance().orElse(0),
                    device.mig().attributes().map(MigAttributes::profile).orElse("")));
  }

  String uuid() {
    return identity.uuid();
  }

  DeviceReadings read(Due due) {
    boolean wasLost = lost;
    if (wasLost && due.slow()) {
      findAgain();
    }
    if (!memory.isPresent() && due.slow()) {
      memory = device.openMemoryProbe();
    }
    if (due.rare()) {
      slowTier.reopen();
    }
    FastReadings fast = FastReadings.of(device, memory);
    lost = LOST.contains(fast.memory().status());
    if (lost) {
      slow = slowTier.lost(fast.memory().status());
      rare = RareReadings.absent(fast.memory().status());
    } else {
      slow = due.slow() || wasLost ? slowTier.read() : slow;
      rare = due.rare() || wasLost ? rareTier.read(due.nanos()) : rare;
    }
    return new DeviceReadings(identity, fast, slow, rare);
  }

  /** A lost device answers, if at all, under a new handle. */
  private void findAgain() {
    nvml.deviceByUuid(identity.uuid())
        .toOptional()
        .filter(found -> found.memory().isPresent())
        .ifPresent(this::follow);
  }

  private void follow(GpuDevice found) {
    close();
    device = found;
    memory = found.openMemoryProbe();
    slowTier = slowTier.of(found);
    rareTier = new RareTier(found);
  }

  @Override
  public void close() {
    slowTier.close();
  }
}
