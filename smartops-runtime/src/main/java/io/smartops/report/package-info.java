/** What a run leaves behind: the journal and its readers. */
@NullMarked
package io.smartops.report;

import org.jspecify.annotations.NullMarked;
