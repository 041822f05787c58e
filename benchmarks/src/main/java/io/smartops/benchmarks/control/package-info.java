/** What a decision costs. */
@org.jspecify.annotations.NullMarked
package io.smartops.benchmarks.control;
