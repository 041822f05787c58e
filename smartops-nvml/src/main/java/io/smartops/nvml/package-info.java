/**
 * NVML, the NVIDIA Management Library, for Java: {@link io.smartops.nvml.Nvml} opens the driver,
 * {@link io.smartops.nvml.GpuDevice} reads a device. Needs nothing but JNA and SLF4J.
 */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml;
