/** Mixed precision beside float32: speed, accuracy, and what AUTO makes of it. */
@NullMarked
package io.smartops.benchmarks.precision;

import org.jspecify.annotations.NullMarked;
