@NullMarked
package io.smartops.benchmarks;

import org.jspecify.annotations.NullMarked;
