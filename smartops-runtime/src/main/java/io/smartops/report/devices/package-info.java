/** Readings of the machine's devices besides the training's own: GPUs, or cores and sensors. */
@NullMarked
package io.smartops.report.devices;

import org.jspecify.annotations.NullMarked;
