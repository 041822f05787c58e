/** The data loader's engine: ordered, bounded, resizable. The JDK only. */
@NullMarked
package io.smartops.prefetch;

import org.jspecify.annotations.NullMarked;
