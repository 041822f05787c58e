package io.smartops.nvml.top;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.MemoryInfo;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.ThrottleReason;
import io.smartops.nvml.reading.Utilization;
import io.smartops.nvml.sampler.DeviceReadings;
import io.smartops.nvml.sampler.FastReadings;
import io.smartops.nvml.sampler.GpuSnapshot;
import io.smartops.nvml.sampler.SlowReadings;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;

/**
 * A snapshot as one line of JSON. A reading that is absent is the name of its status, which no
 * number can be mistaken for.
 */
final class SnapshotJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final JsonGenerator json;

  private SnapshotJson(JsonGenerator json) {
    this.json = json;
  }

  static String of(GpuSnapshot snapshot) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      new SnapshotJson(json).write(snapshot);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private void write(GpuSnapshot snapshot) throws IOException {
    json.writeStartObject();
    json.writeStringField("status", snapshot.status().name());
    json.writeArrayFieldStart("gpus");
    for (DeviceReadings device : snapshot.devices()) {
      write(device);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void write(DeviceReadings device) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", device.device().index());
    json.writeStringField("uuid", device.device().uuid());
    json.writeStringField("name", device.device().name());
    json.writeStringField("pciBusId", device.device().pciBusId());
    if (device.device().mig().isPresent()) {
      json.writeStringField("migProfile", device.device().mig().get().profile());
      json.writeNumberField("gpuInstance", device.device().mig().get().gpuInstance());
    }
    write(device.fast());
    write(device.slow());
    write("fanPercent", device.rare().fanPercent());
    writeProcesses(device.rare().processes());
    json.writeEndObject();
  }

  private void write(FastReadings fast) throws IOException {
    write("memoryTotalBytes", fast.memory().map(MemoryInfo::totalBytes));
    write("memoryUsedBytes", fast.memory().map(MemoryInfo::usedBytes));
    write("memoryFreeBytes", fast.memory().map(MemoryInfo::freeBytes));
    write("gpuPercent", fast.utilization().map(Utilization::gpuPercent));
    write("memoryPercent", fast.utilization().map(Utilization::memoryPercent));
  }

  private void write(SlowReadings slow) throws IOException {
    write("temperatureCelsius", slow.temperatureCelsius());
    write("memoryTemperatureCelsius", slow.memoryTemperatureCelsius());
    write("powerMilliwatts", slow.powerMilliwatts());
    write("powerLimitMilliwatts", slow.enforcedPowerLimitMilliwatts());
    write("energyMillijoules", slow.energyMillijoules());
    write("smClockMegahertz", slow.smClockMegahertz());
    write("memoryClockMegahertz", slow.memoryClockMegahertz());
    write("lastXid", slow.lastXid());
    Reading<Set<ThrottleReason>> reasons = slow.throttleReasons();
    if (!reasons.isPresent()) {
      write("throttleReasons", reasons);
      return;
    }
    json.writeArrayFieldStart("throttleReasons");
    for (ThrottleReason reason : reasons.orElse(Set.of())) {
      json.writeString(reason.name());
    }
    json.writeEndArray();
  }

  private void writeProcesses(Reading<List<GpuProcess>> processes) throws IOException {
    if (!processes.isPresent()) {
      write("processes", processes);
      return;
    }
    json.writeArrayFieldStart("processes");
    for (GpuProcess process : processes.orElse(List.of())) {
      json.writeStartObject();
      json.writeNumberField("pid", process.pid());
      if (process.usedBytes().isPresent()) {
        json.writeNumberField("usedBytes", process.usedBytes().getAsLong());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void write(String name, Reading<?> reading) throws IOException {
    json.writeFieldName(name);
    if (reading instanceof Reading.Value<?> value && value.value() instanceof Number number) {
      json.writeNumber(number.longValue());
    } else {
      json.writeString(reading.status().name());
    }
  }
}
