package io.smartops.djl;

import java.util.Set;

/**
 * The operations that compute on bfloat16 or float16 arrays as they are, by the name of DJL's
 * method. DJL knows no bfloat16: it calls the type UNKNOWN, and a native call that is handed that
 * type ends the process. These do not hand it on, and carry a gradient wherever they do in float32:
 * a test runs each on such arrays, forward and backward. Others get float32 copies.
 */
final class HalfOperations {
  /** Methods that compute, of {@code NDArray} and {@code NDArrayEx} alike. */
  private static final Set<String> COMPUTING =
      words(
          """
          add sub mul div neg abs square sqrt pow exp log sin cos tanh maximum minimum clip
          matMul batchMatMul dot linear convolution
          sum mean max min
          gt gte lt lte eq neq
          reshape flatten transpose swapAxes expandDims squeeze broadcast get gather gatherNd take
          split concat stack repeat tile flip duplicate stopGradient
          relu sigmoid softPlus softSign leakyRelu elu selu gelu swish mish
          dropout layerNorm batchNorm where
          maxPool globalMaxPool avgPool globalAvgPool lpPool globalLpPool
          """);

  /** Those that pool over windows. */
  private static final Set<String> POOLING = Set.of("maxPool", "avgPool", "lpPool");

  /** Methods about an array, not its values. */
  private static final Set<String> DESCRIBING =
      words(
          """
          getShape getDevice getManager getName setName getUid size isEmpty isScalar isSparse
          getSparseFormat isReleased shapeEquals hasGradient
          attach detach tempAttach returnResource close
          """);

  /** Methods that compute in 16 bits inside, given float32: their states must be of one type. */
  private static final Set<String> RECURRENT = Set.of("rnn", "gru", "lstm");

  /** Methods that change an array in place, or what is attached to it. */
  private static final Set<String> CHANGING =
      words(
          """
          addi subi muli divi modi powi negi signi rdivi rsubi rmodi rpowi
          set setScalar intern setRequiresGradient getGradient
          """);

  private HalfOperations() {}

  static Set<String> computing() {
    return COMPUTING;
  }

  static boolean isComputing(String method) {
    return COMPUTING.contains(method);
  }

  static boolean isPooling(String method) {
    return POOLING.contains(method);
  }

  static boolean isDescribing(String method) {
    return DESCRIBING.contains(method);
  }

  static boolean isRecurrent(String method) {
    return RECURRENT.contains(method);
  }

  static boolean isChanging(String method) {
    return CHANGING.contains(method);
  }

  private static Set<String> words(String text) {
    return Set.of(text.trim().split("\\s+"));
  }
}
