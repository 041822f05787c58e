package io.smartops.nvml.reading;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A process that holds a context on a device.
 *
 * @param pid process id in the namespace that the driver sees, which in a container may be the
 *     host's
 * @param usedBytes memory of the process; empty where the system hides it (WDDM)
 * @param gpuInstance MIG GPU instance; empty without MIG
 * @param computeInstance MIG compute instance; empty without MIG
 */
public record GpuProcess(
    long pid, OptionalLong usedBytes, OptionalInt gpuInstance, OptionalInt computeInstance) {}
