/** Plots of a run as image files. */
@NullMarked
package io.smartops.report.plot;

import org.jspecify.annotations.NullMarked;
