/**
 * A device, a data pipeline and a clock that exist in arithmetic only, so that policies can be
 * tried and compared in seconds, and every failure happens again for the same seed.
 */
@NullMarked
package io.smartops.simulation;

import org.jspecify.annotations.NullMarked;
