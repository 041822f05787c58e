/** Policies against each other in simulated scenarios. */
@NullMarked
package io.smartops.benchmarks.tournament;

import org.jspecify.annotations.NullMarked;
