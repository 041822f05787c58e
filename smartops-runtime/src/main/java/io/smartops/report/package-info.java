/** What a run leaves behind, and who watches it. */
@NullMarked
package io.smartops.report;

import org.jspecify.annotations.NullMarked;
