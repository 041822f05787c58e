package io.smartops.djl;

/** A build's failure with the place in the data; its cause is what the dataset threw. */
final class LoaderFailure extends Exception {
  private static final long serialVersionUID = 1L;

  LoaderFailure(String place, Throwable cause) {
    super(place, cause);
  }
}
