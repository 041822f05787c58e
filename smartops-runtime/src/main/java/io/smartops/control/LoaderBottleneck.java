package io.smartops.control;

/** What bounds the speed of the whole loop. */
public enum LoaderBottleneck {
  /** Nothing has been measured yet. */
  UNKNOWN("not yet known"),
  /** The step itself: it finds its batch ready. */
  CONSUMER("the training step"),
  /** Reading records. */
  READING("record reading"),
  /** Transforms and stacking. */
  TRANSFORM("transforms"),
  /** The link to the device. */
  COPY("the copy to the device");

  private final String label;

  LoaderBottleneck(String label) {
    this.label = label;
  }

  /** The bottleneck in words. */
  public String label() {
    return label;
  }
}
