/** Snapshots as Prometheus metrics, under the names of dcgm-exporter. */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.metrics;
