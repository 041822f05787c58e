/** A run as metrics: one table of names for Prometheus and Micrometer. */
@NullMarked
package io.smartops.report.metrics;

import org.jspecify.annotations.NullMarked;
