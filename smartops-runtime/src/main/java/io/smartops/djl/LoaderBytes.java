package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** Memory of arrays. */
final class LoaderBytes {
  private LoaderBytes() {}

  static long of(NDList list) {
    long bytes = 0;
    for (NDArray array : list) {
      bytes += of(array);
    }
    return bytes;
  }

  /** Bytes of the array's elements; 0 for types whose width DJL does not know. */
  static long of(NDArray array) {
    return array.size() * Math.max(0, array.getDataType().getNumOfBytes());
  }
}
