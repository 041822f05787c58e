/**
 * The mapping: the only importer of {@code com.sun.jna}. Each function is bound on its own, at its
 * first use, so that one missing symbol costs nothing but itself.
 */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.jna;
