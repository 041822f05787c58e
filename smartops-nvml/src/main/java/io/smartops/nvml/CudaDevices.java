package io.smartops.nvml;

import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which device CUDA means by each of its device ids; DJL's device id is the same number.
 *
 * <p>CUDA numbers what {@code CUDA_VISIBLE_DEVICES} leaves, in its own order: fastest first, or by
 * PCI bus where {@code CUDA_DEVICE_ORDER=PCI_BUS_ID}. NVML knows neither, so the mapping is worked
 * out by the rules of the CUDA programming guide: a list of indices, (abbreviated) UUIDs or MIG
 * UUIDs, which ends at the first entry that is not valid. Among cards of different models the order
 * by speed can only be estimated; then {@link #isCertain} is false, and naming the devices by UUID
 * is the way out. Immutable.
 */
public final class CudaDevices {
  static final String VISIBLE = "CUDA_VISIBLE_DEVICES";
  static final String ORDER = "CUDA_DEVICE_ORDER";
  private static final String PCI_ORDER = "PCI_BUS_ID";

  private final Reading<List<GpuDevice>> devices;
  private final boolean certain;

  private CudaDevices(Reading<List<GpuDevice>> devices, boolean certain) {
    this.devices = devices;
    this.certain = certain;
  }

  /**
   * The mapping under some environment.
   *
   * @param environment the variables of the process that uses CUDA, as of {@link System#getenv()}
   */
  public static CudaDevices of(Nvml nvml, Map<String, String> environment) {
    Reading<Resolution> resolution =
        nvml.call(
            "CUDA devices",
            driver -> nvml.devices().map(all -> new Resolution(nvml, all, environment)));
    return new CudaDevices(
        resolution.map(found -> List.copyOf(found.visible)),
        resolution.map(found -> found.certain).orElse(true));
  }

  /** The devices by CUDA id. */
  public Reading<List<GpuDevice>> devices() {
    return devices;
  }

  /** The device with a CUDA (and DJL) id; NOT_FOUND where CUDA sees no such device. */
  public Reading<GpuDevice> device(int cudaId) {
    return devices.flatMap(
        all ->
            cudaId >= 0 && cudaId < all.size()
                ? Reading.of(all.get(cudaId))
                : Reading.absent(NvmlStatus.NOT_FOUND, "CUDA device " + cudaId));
  }

  /** Whether the rules leave no doubt; see the class. */
  public boolean isCertain() {
    return certain;
  }

  /** Works the list out, on the driver's thread. */
  private static final class Resolution {
    private final Nvml nvml;
    private final List<GpuDevice> ordered;
    private final List<GpuDevice> visible = new ArrayList<>();
    private final List<String> seen = new ArrayList<>();
    private boolean certain = true;

    Resolution(Nvml nvml, List<GpuDevice> all, Map<String, String> environment) {
      this.nvml = nvml;
      this.ordered = order(all, PCI_ORDER.equals(environment.get(ORDER)));
      String list = environment.get(VISIBLE);
      if (list == null) {
        ordered.forEach(this::addWhole);
      } else {
        addListed(List.of(list.split(",", -1)));
      }
    }

    private List<GpuDevice> order(List<GpuDevice> all, boolean byBus) {
      List<GpuDevice> sorted = new ArrayList<>(all);
      sorted.sort(Comparator.comparing(device -> device.pci().map(PciAddress::busId).orElse("")));
      boolean alike =
          sorted.stream().map(device -> device.name().orElse("")).distinct().count() < 2;
      if (!byBus && !alike) {
        certain = false;
        sorted.sort(Comparator.comparing(Resolution::speed).reversed());
      }
      return sorted;
    }

    /** Cores × clock; the sort is stable, so that equals stay in bus order. */
    private static long speed(GpuDevice device) {
      long cores = device.cudaCores().orElse(0);
      return cores * device.maxClockMegahertz(ClockType.SM).orElse(0);
    }

    private void addListed(List<String> entries) {
      for (String entry : entries) {
        if (!add(entry.trim())) {
          return;
        }
      }
    }

    private boolean add(String entry) {
      if (entry.startsWith("MIG-")) {
        return mig(entry).map(this::addExactly).orElse(false);
      }
      Optional<GpuDevice> device =
          entry.startsWith("GPU-") ? byPrefix(ordered, entry) : byIndex(entry);
      return device.map(this::addWhole).orElse(false);
    }

    private Optional<GpuDevice> byIndex(String entry) {
      if (!entry.matches("\\d{1,4}")) {
        return Optional.empty();
      }
      int index = Integer.parseInt(entry);
      return index < ordered.size() ? Optional.of(ordered.get(index)) : Optional.empty();
    }

    /** The one device whose UUID begins so. */
    private static Optional<GpuDevice> byPrefix(List<GpuDevice> devices, String prefix) {
      List<GpuDevice> matches =
          devices.stream().filter(device -> device.uuid().orElse("").startsWith(prefix)).toList();
      return matches.size() == 1 ? Optional.of(matches.get(0)) : Optional.empty();
    }

    private Optional<GpuDevice> mig(String entry) {
      Optional<GpuDevice> exact = nvml.deviceByUuid(entry).toOptional();
      return exact.isPresent() ? exact : mig(entry, entry.split("/", -1));
    }

    /** The old form is {@code MIG-GPU-<uuid>/<GPU instance>/<compute instance>}. */
    private Optional<GpuDevice> mig(String entry, String[] parts) {
      if (parts.length != 3) {
        return byPrefix(ordered.stream().flatMap(gpu -> migs(gpu).stream()).toList(), entry);
      }
      return byPrefix(ordered, parts[0].substring("MIG-".length()))
          .flatMap(
              gpu ->
                  migs(gpu).stream()
                      .filter(device -> isInstance(device, parts[1], parts[2]))
                      .findFirst());
    }

    private static boolean isInstance(GpuDevice device, String gpu, String compute) {
      return device.mig().gpuInstance().map(String::valueOf).orElse("").equals(gpu)
          && device.mig().computeInstance().map(String::valueOf).orElse("").equals(compute);
    }

    private static List<GpuDevice> migs(GpuDevice device) {
      return device.mig().devices().orElse(List.of());
    }

    /** CUDA uses one MIG device of a partitioned card: the first, unless another is named. */
    private boolean addWhole(GpuDevice device) {
      if (!device.mig().mode().map(Mode::current).orElse(false)) {
        return addExactly(device);
      }
      certain = false;
      return migs(device).stream().findFirst().map(this::addExactly).orElse(false);
    }

    /** CUDA's documents do not say what a device listed twice does; the list ends here. */
    private boolean addExactly(GpuDevice device) {
      String uuid = device.uuid().orElse(device.toString());
      if (seen.contains(uuid)) {
        certain = false;
        return false;
      }
      seen.add(uuid);
      return visible.add(device);
    }
  }
}
