package io.smartops.djl;

import ai.djl.pytorch.jni.LibUtils;
import java.nio.file.Path;

/** Where the engine's native library lies. */
final class Libtorch {
  private Libtorch() {}

  /** The library that holds the operations on a processor, by the path it was loaded by. */
  static Path cpuLibrary() {
    return Path.of(LibUtils.getLibtorchPath()).resolve(System.mapLibraryName("torch_cpu"));
  }
}
