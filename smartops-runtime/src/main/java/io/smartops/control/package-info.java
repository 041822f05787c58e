/** Observations to decisions. Pure: no clock, thread, log or tensor; the JDK only. */
@NullMarked
package io.smartops.control;

import org.jspecify.annotations.NullMarked;
