/** A run as events of the JDK's flight recorder. */
@NullMarked
package io.smartops.report.flight;

import org.jspecify.annotations.NullMarked;
