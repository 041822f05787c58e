/** What a GPU answers: immutable values, the statuses that stand for their absence, and enums. */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.reading;
