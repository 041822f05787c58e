/**
 * A folder that proves SmartOps on a host with neither Java, Maven nor network: named checks, each
 * in a process of its own, on the host's own driver and libtorch.
 */
@org.jspecify.annotations.NullMarked
package io.smartops.benchmarks.bundle;
