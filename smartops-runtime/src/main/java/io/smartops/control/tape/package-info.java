/** What controllers are told, as values that can be written down and told again. */
@NullMarked
package io.smartops.control.tape;

import org.jspecify.annotations.NullMarked;
