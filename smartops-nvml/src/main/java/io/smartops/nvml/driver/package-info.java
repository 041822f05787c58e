/**
 * What a driver of NVML must answer, and the table of everything that can be asked. The native
 * library and the fake both implement {@link io.smartops.nvml.driver.NvmlDriver}.
 */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.driver;
