package io.smartops.nvml.driver;

import static io.smartops.nvml.driver.Signature.Field.u32;
import static io.smartops.nvml.driver.Signature.Field.u64;

import io.smartops.nvml.driver.Signature.Width;
import io.smartops.nvml.reading.Architecture;
import io.smartops.nvml.reading.Brand;
import io.smartops.nvml.reading.ComputeCapability;
import io.smartops.nvml.reading.MigAttributes;
import io.smartops.nvml.reading.Mode;
import io.smartops.nvml.reading.P2pCapability;
import io.smartops.nvml.reading.P2pStatus;
import io.smartops.nvml.reading.PciAddress;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.TopologyLevel;
import java.util.List;

/** What a device is: identity, MIG partition, topology. */
public final class DeviceQueries {
  public static final Query<String> NAME = new Query.Text("nvmlDeviceGetName", true, 96);
  public static final Query<String> UUID = new Query.Text("nvmlDeviceGetUUID", true, 96);
  public static final Query<String> SERIAL = new Query.Text("nvmlDeviceGetSerial", true, 30);
  public static final Query<Integer> INDEX = Numbers.integer("nvmlDeviceGetIndex");
  public static final Query<Integer> MINOR_NUMBER = Numbers.integer("nvmlDeviceGetMinorNumber");
  public static final Query<Architecture> ARCHITECTURE =
      Numbers.coded(Architecture.class, "nvmlDeviceGetArchitecture");
  public static final Query<Brand> BRAND = Numbers.coded(Brand.class, "nvmlDeviceGetBrand");

  /** CUDA cores, not SMs. */
  public static final Query<Integer> CUDA_CORES = Numbers.integer("nvmlDeviceGetNumGpuCores");

  public static final Query<ComputeCapability> COMPUTE_CAPABILITY =
      Numbers.of(
          "nvmlDeviceGetCudaComputeCapability",
          true,
          List.of(),
          Signature.pointers(
              "nvmlDeviceGetCudaComputeCapability",
              n -> Reading.of(new ComputeCapability((int) n[0], (int) n[1])),
              Width.I32,
              Width.I32));

  public static final Query<PciAddress> PCI =
      Numbers.of(
          "nvmlDeviceGetPciInfo",
          true,
          List.of(),
          pci("nvmlDeviceGetPciInfo_v3", 68),
          pci("nvmlDeviceGetPciInfo_v2", 52));

  public static final Query<Mode> MIG_MODE =
      Numbers.pair("nvmlDeviceGetMigMode", n -> Reading.of(new Mode(n[0] != 0, n[1] != 0)));
  public static final Query<Integer> MAX_MIG_DEVICES =
      Numbers.integer("nvmlDeviceGetMaxMigDeviceCount");

  /** The physical device of a MIG device. */
  public static final Query<Long> MIG_PARENT =
      Numbers.handle(
          "nvmlDeviceGetDeviceHandleFromMigDeviceHandle",
          true,
          List.of(),
          "nvmlDeviceGetDeviceHandleFromMigDeviceHandle");

  public static final Query<Integer> GPU_INSTANCE = Numbers.integer("nvmlDeviceGetGpuInstanceId");
  public static final Query<Integer> COMPUTE_INSTANCE =
      Numbers.integer("nvmlDeviceGetComputeInstanceId");

  public static final Query<MigAttributes> MIG_ATTRIBUTES =
      Numbers.of(
          "nvmlDeviceGetAttributes",
          true,
          List.of(),
          attributes("nvmlDeviceGetAttributes_v2"),
          attributes("nvmlDeviceGetAttributes"));

  /** Whether the device has a performance monitor. */
  public static final Query<Boolean> GPM_SUPPORT =
      Numbers.of(
          "nvmlGpmQueryDeviceSupport",
          true,
          List.of(),
          Signature.struct("nvmlGpmQueryDeviceSupport", 8, n -> Reading.of(n[0] != 0), u32(4))
              .withVersion(1));

  /** Mask of the events that the device can report. */
  public static final Query<Long> EVENT_TYPES = Numbers.whole64("nvmlDeviceGetSupportedEventTypes");

  private DeviceQueries() {}

  /** Handle of a MIG device by its index on the device. */
  public static Query<Long> migDevice(int index) {
    return Numbers.handle(
        "nvmlDeviceGetMigDeviceHandleByIndex",
        true,
        List.of((long) index),
        "nvmlDeviceGetMigDeviceHandleByIndex");
  }

  /** Nearest common ancestor with another device. */
  public static Query<TopologyLevel> topology(long otherHandle) {
    return Numbers.coded(TopologyLevel.class, "nvmlDeviceGetTopologyCommonAncestor", otherHandle);
  }

  /** Peer-to-peer access to another device. */
  public static Query<P2pStatus> p2p(long otherHandle, P2pCapability capability) {
    return Numbers.coded(
        P2pStatus.class, "nvmlDeviceGetP2PStatus", otherHandle, (long) capability.code());
  }

  /** Whether an NVLink is up. */
  public static Query<Boolean> nvLinkActive(int link) {
    return Numbers.flag("nvmlDeviceGetNvLinkState", (long) link);
  }

  /** Version code of an NVLink. */
  public static Query<Integer> nvLinkVersion(int link) {
    return Numbers.integer("nvmlDeviceGetNvLinkVersion", (long) link);
  }

  /** What is at the other end of an NVLink. */
  public static Query<PciAddress> nvLinkRemote(int link) {
    return Numbers.of(
        "nvmlDeviceGetNvLinkRemotePciInfo",
        true,
        List.of((long) link),
        pci("nvmlDeviceGetNvLinkRemotePciInfo_v2", 68));
  }

  private static Signature<PciAddress> pci(String symbol, int bytes) {
    return Signature.struct(
        symbol, bytes, DeviceQueries::pciAddress, u32(16), u32(20), u32(24), u32(28), u32(32));
  }

  private static Reading<PciAddress> pciAddress(long[] n) {
    return Reading.of(new PciAddress((int) n[0], (int) n[1], (int) n[2], (int) n[3], (int) n[4]));
  }

  private static Signature<MigAttributes> attributes(String symbol) {
    return Signature.struct(
        symbol,
        40,
        DeviceQueries::migAttributes,
        u32(0),
        u32(4),
        u32(8),
        u32(12),
        u32(16),
        u32(20),
        u32(24),
        u32(28),
        u64(32));
  }

  private static Reading<MigAttributes> migAttributes(long[] n) {
    return Reading.of(
        new MigAttributes(
            (int) n[0],
            (int) n[1],
            (int) n[2],
            (int) n[3],
            (int) n[4],
            (int) n[5],
            (int) n[6],
            (int) n[7],
            n[8] << 20));
  }
}
