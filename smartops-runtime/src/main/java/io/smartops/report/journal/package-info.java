/** The journal: a run's decisions with all that led to them, as JSON Lines; written and read. */
@NullMarked
package io.smartops.report.journal;

import org.jspecify.annotations.NullMarked;
