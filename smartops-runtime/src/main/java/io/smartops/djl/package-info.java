/**
 * The only package, besides the front door, that knows DJL: trainer, collector, exact step, loader.
 */
@NullMarked
package io.smartops.djl;

import org.jspecify.annotations.NullMarked;
