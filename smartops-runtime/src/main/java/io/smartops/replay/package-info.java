/** Makes a journal's decisions again, and explains them. */
@NullMarked
package io.smartops.replay;

import org.jspecify.annotations.NullMarked;
