@NullMarked
package io.smartops;

import org.jspecify.annotations.NullMarked;
