package io.smartops.examples;

import ai.djl.ndarray.NDArray;

/** Gives a vector the class of the known vector that it is most alike, by cosine. */
final class NearestNeighbour {
  private final NDArray known;
  private final byte[] labels;

  /**
   * Knows some vectors.
   *
   * @param known a vector a row
   * @param labels their classes
   */
  NearestNeighbour(NDArray known, byte[] labels) {
    this.known = known;
    this.labels = labels;
  }

  /** The share of {@code vectors} that get the class they belong to. */
  double accuracy(NDArray vectors, byte[] truth) {
    NDArray likeness = vectors.normalize(2, 1).matMul(known.normalize(2, 1).transpose());
    long[] nearest = likeness.argMax(1).toLongArray();
    int right = 0;
    for (int i = 0; i < nearest.length; i++) {
      right += labels[(int) nearest[i]] == truth[i] ? 1 : 0;
    }
    return (double) right / nearest.length;
  }
}
