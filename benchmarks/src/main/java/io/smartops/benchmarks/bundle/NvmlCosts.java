package io.smartops.benchmarks.bundle;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.driver.MemoryProbe;
import io.smartops.nvml.reading.ClockType;
import io.smartops.nvml.reading.EccCounter;
import io.smartops.nvml.reading.Engine;
import io.smartops.nvml.reading.MemoryErrorType;
import io.smartops.nvml.reading.PcieDirection;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.SampleType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Measures what each reading costs: median and 99th percentile of many calls on the first GPU.
 *
 * <p>Calls run on the driver's thread, so that its hand-over is not in the figure; one row adds it.
 */
final class NvmlCosts implements Check {

  @Override
  public String name() {
    return "nvml-costs";
  }

  @Override
  public String question() {
    return "what does each NVML call cost?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(3);
  }

  @Override
  public Finding run(Stages stages) {
    stages.begin("open NVML");
    return NvmlAccess.with(nvml -> measure(nvml, nvml.device(0), stages));
  }

  private static Finding measure(Nvml nvml, Reading<GpuDevice> first, Stages stages) {
    if (!first.isPresent()) {
      return Finding.cannotRun("the first GPU does not answer: " + first);
    }
    GpuDevice gpu = first.orElseThrow();
    JsonArray costs = new JsonArray();
    readings(gpu)
        .forEach(
            (function, call) -> {
              stages.begin(function);
              costs.add(nvml.batch(function, () -> cost(function, call)).orElseThrow());
            });
    stages.begin("memory, with hand-over");
    costs.add(cost("memory, with hand-over to the driver's thread", gpu::memory));
    gpu.openMemoryProbe().toOptional().ifPresent(probe -> costs.add(probe(probe)));
    JsonObject figures = new JsonObject();
    figures.addProperty("driver", nvml.driverVersion().toString());
    figures.addProperty("gpu", gpu.name().toString());
    figures.add("costs", costs);
    return Finding.of(true, summary(costs), figures);
  }

  private static JsonObject probe(MemoryProbe probe) {
    return cost("memory, by MemoryProbe", () -> Reading.of(probe.read()));
  }

  private static JsonObject cost(String function, Supplier<? extends Reading<?>> call) {
    Reading<?> reading = call.get();
    JsonObject row = new JsonObject();
    row.addProperty("function", function);
    row.addProperty("status", reading.status().name());
    CallCost.of(call).addTo(row);
    return row;
  }

  private static String summary(JsonArray costs) {
    JsonObject dearest = new JsonObject();
    double most = -1;
    for (var row : costs) {
      double median = row.getAsJsonObject().get("medianNanos").getAsDouble();
      if (median > most) {
        most = median;
        dearest = row.getAsJsonObject();
      }
    }
    double memory = costs.get(0).getAsJsonObject().get("medianNanos").getAsDouble();
    return String.format(
        Locale.ROOT,
        "%d functions; memory %.1f us, dearest %s %.1f us (medians)",
        costs.size(),
        memory / 1e3,
        dearest.get("function").getAsString(),
        most / 1e3);
  }

  private static Map<String, Supplier<? extends Reading<?>>> readings(GpuDevice gpu) {
    Map<String, Supplier<? extends Reading<?>>> readings = new LinkedHashMap<>();
    readings.put("memory", gpu::memory);
    readings.put("bar1Memory", gpu::bar1Memory);
    readings.put("utilization", gpu::utilization);
    readings.put("utilization encoder", () -> gpu.utilization(Engine.ENCODER));
    readings.put("utilization decoder", () -> gpu.utilization(Engine.DECODER));
    readings.put("samples power", () -> gpu.samples(SampleType.TOTAL_POWER_MILLIWATTS, 0));
    readings.put("temperature", gpu::temperatureCelsius);
    readings.put("memory temperature", gpu::memoryTemperatureCelsius);
    readings.put("power", gpu::powerMilliwatts);
    readings.put("power instant", gpu::instantPowerMilliwatts);
    readings.put("enforced power limit", gpu::enforcedPowerLimitMilliwatts);
    readings.put("energy", gpu::energyMillijoules);
    readings.put("clock SM", () -> gpu.clockMegahertz(ClockType.SM));
    readings.put("max clock SM", () -> gpu.maxClockMegahertz(ClockType.SM));
    readings.put("throttle reasons", gpu::throttleReasons);
    readings.put("performance state", gpu::performanceState);
    readings.put("PCIe throughput", () -> gpu.pcieKilobytesPerSecond(PcieDirection.TRANSMIT));
    readings.put("PCIe bytes", () -> gpu.pcieBytes(PcieDirection.TRANSMIT));
    readings.put("PCIe generation", gpu::pcieGeneration);
    readings.put("PCIe width", gpu::pcieWidth);
    readings.put("PCIe replays", gpu::pcieReplays);
    readings.put("processes compute", () -> gpu.processes(ProcessKind.COMPUTE));
    readings.put("processes graphics", () -> gpu.processes(ProcessKind.GRAPHICS));
    readings.put("process utilization", () -> gpu.processUtilization(0));
    readings.put("fan", () -> gpu.fanPercent(0));
    readings.put("ECC mode", () -> gpu.ecc().mode());
    readings.put(
        "ECC errors", () -> gpu.ecc().errors(MemoryErrorType.CORRECTED, EccCounter.VOLATILE));
    readings.put("remapped rows", () -> gpu.ecc().remappedRows());
    readings.put("MIG mode", () -> gpu.mig().mode());
    readings.put("NVLink transmit", () -> gpu.links().nvLinkTransmitKibibytes());
    readings.put("NVLink state", () -> gpu.links().nvLinkActive(0));
    return readings;
  }
}
