/** Arithmetic of mixed precision that needs no tensors: the loss scale. JDK only. */
@NullMarked
package io.smartops.precision;

import org.jspecify.annotations.NullMarked;
