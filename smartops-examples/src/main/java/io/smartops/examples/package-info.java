@NullMarked
package io.smartops.examples;

import org.jspecify.annotations.NullMarked;
