package io.smartops.nvml.sampler;

import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import java.util.Set;

/**
 * What changes within seconds.
 *
 * @param gpm the window since the slow tier before; NOT_SUPPORTED before Hopper
 * @param lastXid code of the newest Xid error since sampling began; NO_DATA where there was none
 */
public record SlowReadings(
    Reading<Integer> temperatureCelsius,
    Reading<Integer> memoryTemperatureCelsius,
    Reading<Long> powerMilliwatts,
    Reading<Long> enforcedPowerLimitMilliwatts,
    Reading<Long> energyMillijoules,
    Reading<Integer> smClockMegahertz,
    Reading<Integer> memoryClockMegahertz,
    Reading<Set<ThrottleReason>> throttleReasons,
    Reading<Integer> performanceState,
    Reading<Integer> encoderPercent,
    Reading<Integer> decoderPercent,
    Reading<GpmWindow> gpm,
    Reading<Long> lastXid) {

  static SlowReadings absent(NvmlStatus status) {
    return new SlowReadings(
        Reading.absent(status, "temperature"),
        Reading.absent(status, "memory temperature"),
        Reading.absent(status, "power"),
        Reading.absent(status, "power limit"),
        Reading.absent(status, "energy"),
        Reading.absent(status, "SM clock"),
        Reading.absent(status, "memory clock"),
        Reading.absent(status, "throttle reasons"),
        Reading.absent(status, "performance state"),
        Reading.absent(status, "encoder"),
        Reading.absent(status, "decoder"),
        Reading.absent(status, "GPM"),
        Reading.absent(status, "Xid"));
  }
}
