package io.smartops.nvml.reading;

/** Fixed-function engines with a utilisation reading. */
public enum Engine {
  ENCODER,
  DECODER,
  JPEG,
  OPTICAL_FLOW
}
