/** The adaptive loader against DJL's own iterator and against static settings. */
@NullMarked
package io.smartops.benchmarks.loader;

import org.jspecify.annotations.NullMarked;
