/** What a step of a wrapped trainer costs when there is nothing to adapt, against plain DJL. */
@NullMarked
package io.smartops.benchmarks.step;

import org.jspecify.annotations.NullMarked;
