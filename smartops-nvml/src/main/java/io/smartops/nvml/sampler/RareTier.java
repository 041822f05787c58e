package io.smartops.nvml.sampler;

import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.sampler.RareReadings.EccTotals;
import io.smartops.nvml.sampler.RareReadings.PcieTraffic;

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
        device.processes(ProcessKind.COMPUTE),
        pcie(nanos),
        device.pcieReplays(),
        device.fans().flatMap(n -> n > 0 ? device.fanPercent(0) : noFan()),
        device.bar1Memory(),
        ecc());
  }

  private static Reading<Integer> noFan() {
    return Reading.absent(NvmlStatus.NOT_SUPPORTED, "fan");
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
    return device
        .pcieBytes(PcieDirection.TRANSMIT)
        .flatMap(
            transmitted ->
                device
                    .pcieBytes(PcieDirection.RECEIVE)
                    .map(received -> new PcieCounters(transmitted, received, nanos)));
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
    return device
        .pcieKilobytesPerSecond(PcieDirection.TRANSMIT)
        .flatMap(
            transmitted ->
                device
                    .pcieKilobytesPerSecond(PcieDirection.RECEIVE)
                    .map(received -> new PcieTraffic(1000 * transmitted, 1000 * received)));
  }

  private Reading<EccTotals> ecc() {
    return errors(MemoryErrorType.CORRECTED, EccCounter.VOLATILE)
        .flatMap(
            first ->
                errors(MemoryErrorType.UNCORRECTED, EccCounter.VOLATILE)
                    .flatMap(
                        second ->
                            errors(MemoryErrorType.CORRECTED, EccCounter.AGGREGATE)
                                .flatMap(
                                    third ->
                                        errors(MemoryErrorType.UNCORRECTED, EccCounter.AGGREGATE)
                                            .map(
                                                fourth ->
                                                    new EccTotals(first, second, third, fourth)))));
  }

  private Reading<Long> errors(MemoryErrorType type, EccCounter counter) {
    return device.ecc().errors(type, counter);
  }
}
