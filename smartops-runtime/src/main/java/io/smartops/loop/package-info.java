/**
 * Connects samples to observations, decisions and actuators; owns the clock, the journal and the
 * counters.
 */
@NullMarked
package io.smartops.loop;

import org.jspecify.annotations.NullMarked;
