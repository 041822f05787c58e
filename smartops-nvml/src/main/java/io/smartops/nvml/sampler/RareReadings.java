package io.smartops.nvml.sampler;

import io.smartops.nvml.reading.Bar1Memory;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.List;

/** What changes seldom, or costs milliseconds to read. */
public record RareReadings(
    Reading<List<GpuProcess>> processes,
    Reading<PcieTraffic> pcie,
    Reading<Long> pcieReplays,
    Reading<Integer> fanPercent,
    Reading<Bar1Memory> bar1Memory,
    Reading<EccTotals> ecc) {

  /** Traffic over PCIe, seen from the device. */
  public record PcieTraffic(long transmitBytesPerSecond, long receiveBytesPerSecond) {}

  /** ECC errors of the whole card. */
  public record EccTotals(
      long correctedVolatile,
      long uncorrectedVolatile,
      long correctedAggregate,
      long uncorrectedAggregate) {}

  static RareReadings absent(NvmlStatus status) {
    return new RareReadings(
        Reading.absent(status, "processes"),
        Reading.absent(status, "PCIe"),
        Reading.absent(status, "PCIe replays"),
        Reading.absent(status, "fan"),
        Reading.absent(status, "BAR1"),
        Reading.absent(status, "ECC"));
  }
}
