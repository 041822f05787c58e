/** A run as a page: one self-contained file, and the JSON behind it. */
@NullMarked
package io.smartops.report.page;

import org.jspecify.annotations.NullMarked;
