/** What an NVML reading costs on our side, against a C stub of the library. */
@org.jspecify.annotations.NullMarked
package io.smartops.benchmarks.nvml;
