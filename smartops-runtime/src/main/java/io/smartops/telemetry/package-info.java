/** What the device and the host say about memory and load: readings, never decisions. */
@NullMarked
package io.smartops.telemetry;

import org.jspecify.annotations.NullMarked;
