package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.jni.JniUtils;
import io.smartops.loop.LoaderActuator;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's settings that belong to a thread: the number of threads of an operation on the
 * training thread, and no autograd on the workers, as on the thread that loaded the engine. Does
 * nothing for another engine.
 */
final class LoaderThreads implements LoaderActuator {
  private final boolean isPyTorch;
  private int before;
  private @Nullable Thread changed;

  LoaderThreads(NDManager manager) {
    this.isPyTorch = isPyTorch(manager);
  }

  private static boolean isPyTorch(NDManager manager) {
    return PtEngine.ENGINE_NAME.equals(manager.getEngine().getEngineName());
  }

  /** What a worker must do first. */
  static Runnable preparation(NDManager manager) {
    return isPyTorch(manager) ? () -> JniUtils.setGradMode(false) : () -> {};
  }

  /** Threads of a libtorch operation on the calling thread. */
  static int libtorchThreads(NDManager manager) {
    return isPyTorch(manager) ? Math.max(1, JniUtils.getNumThreads()) : 1;
  }

  @Override
  public void setLibtorchThreads(int threads) {
    if (isPyTorch && threads != JniUtils.getNumThreads()) {
      if (changed == null) {
        before = JniUtils.getNumThreads();
        changed = Thread.currentThread();
      }
      JniUtils.setNumThreads(threads);
    }
  }

  /** Undoes all changes, if called on the thread that they were made on: the setting is its own. */
  void restore() {
    if (changed == Thread.currentThread()) {
      JniUtils.setNumThreads(before);
      changed = null;
    }
  }
}
