/** What a run did, in bounded memory: the one source of page, plots, metrics and console. */
@NullMarked
package io.smartops.report.history;

import org.jspecify.annotations.NullMarked;
