/** What runs have learnt, kept for the next run of the same model on the same device. */
@NullMarked
package io.smartops.warm;

import org.jspecify.annotations.NullMarked;
