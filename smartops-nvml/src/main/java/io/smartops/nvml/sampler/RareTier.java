package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.RareReadings.EccTotals;
import io.smartops.nvml.sampler.RareReadings.PcieTraffic;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the rare tier of one device. Confined to the driver's thread. */
final class RareTier {
  private final GpuDevice device;
  private Reading<PcieCounters> last = Reading.absent(NvmlStatus.NO_DATA, "PCIe");

  private record PcieCounters(long transmitted, long received, long nanos) {}

  RareTier(GpuDevice device) {
    this.device = device;
  }

  RareReadings read(long nanos) {
    return new RareReadings(
        processes(), pcie(nanos), device.pcieReplays(), fanPercent(), device.bar1Memory(), ecc());
  }

  /** An old driver cannot count fans, but reads the first. */
  private Reading<Integer> fanPercent() {
    return device.fans().orElse(1) > 0
        ? device.fanPercent(0)
        : Reading.absent(NvmlStatus.NOT_SUPPORTED, "fan");
  }

  /** The rate between two counters where there are any; else the call that measures for 40 ms. */
  private Reading<PcieTraffic> pcie(long nanos) {
    Reading<PcieCounters> now = counters(nanos);
    Reading<PcieCounters> before = last;
    last = now;
    return now.isPresent()
        ? now.flatMap(counters -> before.flatMap(earlier -> rate(earlier, counters)))
        : throughput();
  }

  private Reading<PcieCounters> counters(long nanos) {
    return Reading.all(
            List.of(
                device.pcieBytes(PcieDirection.TRANSMIT), device.pcieBytes(PcieDirection.RECEIVE)))
        .map(bytes -> new PcieCounters(bytes.get(0), bytes.get(1), nanos));
  }

  /** A counter that wrapped gives no rate this time. */
  private static Reading<PcieTraffic> rate(PcieCounters before, PcieCounters now) {
    double seconds = (now.nanos() - before.nanos()) / 1e9;
    long transmitted = now.transmitted() - before.transmitted();
    long received = now.received() - before.received();
    return transmitted < 0 || received < 0 || seconds <= 0
        ? Reading.absent(NvmlStatus.NO_DATA, "PCIe")
        : Reading.of(
            new PcieTraffic(Math.round(transmitted / seconds), Math.round(received / seconds)));
  }

  private Reading<PcieTraffic> throughput() {
    return Reading.all(
            List.of(
                device.pcieKilobytesPerSecond(PcieDirection.TRANSMIT),
                device.pcieKilobytesPerSecond(PcieDirection.RECEIVE)))
        .map(kilobytes -> new PcieTraffic(1000 * kilobytes.get(0), 1000 * kilobytes.get(1)));
  }

  private Reading<EccTotals> ecc() {
    return Reading.all(
            List.of(
                errors(MemoryErrorType.CORRECTED, EccCounter.VOLATILE),
                errors(MemoryErrorType.UNCORRECTED, EccCounter.VOLATILE),
                errors(MemoryErrorType.CORRECTED, EccCounter.AGGREGATE),
                errors(MemoryErrorType.UNCORRECTED, EccCounter.AGGREGATE)))
        .map(n -> new EccTotals(n.get(0), n.get(1), n.get(2), n.get(3)));
  }

  private Reading<Long> errors(MemoryErrorType type, EccCounter counter) {
    return device.ecc().errors(type, counter);
  }

  /** A process that computes and draws is in both lists. */
  private Reading<List<GpuProcess>> processes() {
    return device
        .processes(ProcessKind.COMPUTE)
        .map(
            compute -> {
              Set<Long> seen = compute.stream().map(GpuProcess::pid).collect(Collectors.toSet());
              Stream<GpuProcess> graphics =
                  device.processes(ProcessKind.GRAPHICS).orElse(List.of()).stream()
                      .filter(process -> !seen.contains(process.pid()));
              return Stream.concat(compute.stream(), graphics).toList();
            });
  }
}
