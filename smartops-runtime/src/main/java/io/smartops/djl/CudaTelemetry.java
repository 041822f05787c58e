package io.smartops.djl;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import io.smartops.telemetry.DeviceSnapshot;
import io.smartops.telemetry.DeviceTelemetry;
import java.lang.management.MemoryUsage;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A GPU's memory as the CUDA runtime gives it: for the whole device, so that {@code usedBytes}
 * includes what other processes hold and the caching allocator's free blocks.
 */
record CudaTelemetry(Device device) implements DeviceTelemetry {

  @Override
  public DeviceSnapshot read() {
    MemoryUsage memory = CudaUtils.getGpuMemory(device);
    long used = memory.getCommitted();
    long capacity = memory.getMax();
    return new DeviceSnapshot(
        OptionalLong.of(used),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.of(capacity),
        OptionalLong.of(capacity - used),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        OptionalInt.empty());
  }
}
