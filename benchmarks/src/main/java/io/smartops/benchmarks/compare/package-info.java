/**
 * The end-to-end comparison: plain DJL, SmartOps and the best static setting, on the workloads of
 * the examples, each run in a JVM of its own.
 */
@NullMarked
package io.smartops.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
