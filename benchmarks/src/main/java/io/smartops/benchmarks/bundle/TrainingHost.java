package io.smartops.benchmarks.bundle;

import ai.djl.Device;

/** Where the training checks run: the first GPU with a CUDA build of libtorch, else the CPU. */
final class TrainingHost {
  /** System property: whether the libtorch is a CUDA build. */
  static final String CUDA_PROPERTY = "smartops.bundle.cuda";

  private TrainingHost() {}

  static boolean isCuda() {
    return Boolean.getBoolean(CUDA_PROPERTY);
  }

  static Device device() {
    return isCuda() ? Device.gpu(0) : Device.cpu();
  }

  /** For summaries, which must not let a CPU pass for a GPU. */
  static String words() {
    return isCuda() ? "on the first GPU" : "on the CPU";
  }
}
