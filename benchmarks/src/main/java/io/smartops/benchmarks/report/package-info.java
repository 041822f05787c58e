/** What watching a run costs. */
@org.jspecify.annotations.NullMarked
package io.smartops.benchmarks.report;
