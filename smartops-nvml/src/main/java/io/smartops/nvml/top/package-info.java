/** The command {@code nvml-top}. The only part that needs picocli and Jackson's core. */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.top;
