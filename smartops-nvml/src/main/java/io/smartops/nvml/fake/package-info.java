/**
 * A driver without a GPU, for tests and demonstrations: cards as data, coherent signals, a clock to
 * set and faults to script.
 */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.fake;
