/** Readings of all devices, taken in the background at cadences that match their cost. */
@org.jspecify.annotations.NullMarked
package io.smartops.nvml.sampler;
