/** A run on the console: one live line, or a line now and then, and a table at the end. */
@NullMarked
package io.smartops.report.console;

import org.jspecify.annotations.NullMarked;
