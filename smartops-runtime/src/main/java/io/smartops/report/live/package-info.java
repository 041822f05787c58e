/** The live page: a small server in the training process, and the runs beside it. */
@NullMarked
package io.smartops.report.live;

import org.jspecify.annotations.NullMarked;
