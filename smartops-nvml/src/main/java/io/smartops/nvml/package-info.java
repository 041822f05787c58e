@NullMarked
package io.smartops.nvml;

import org.jspecify.annotations.NullMarked;
