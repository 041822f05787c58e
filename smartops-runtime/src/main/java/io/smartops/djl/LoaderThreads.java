package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtEngine;
import ai.djl.pytorch.jni.JniUtils;
import io.smartops.loop.LoaderActuator;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a loader, and libtorch's settings that belong to a thread: the number of threads
 * of an operation on the training thread, and no autograd on the workers, as on the thread that
 * loaded the engine. Sets nothing for another engine.
 */
final class LoaderThreads implements LoaderActuator {
  /** An idle thread ends after this long; from one pass to the next it takes some milliseconds. */
  private static final long IDLE_MILLIS = 200;

  private final boolean isPyTorch;
  private int before;
  private @Nullable Thread changed;

  LoaderThreads(NDManager manager) {
    this.isPyTorch = isPyTorch(manager);
  }

  private static boolean isPyTorch(NDManager manager) {
    return PtEngine.ENGINE_NAME.equals(manager.getEngine().getEngineName());
  }

  /**
   * Threads for workers, which outlive a pass by {@link #IDLE_MILLIS}: the C allocator gives new
   * threads heaps of their own, and what is free at the end of those stays with the process. With
   * new ones in each pass, 50 to 65 MiB were lost to six to eight of them.
   */
  static ExecutorService forWorkers(NDManager manager) {
    boolean isPyTorch = isPyTorch(manager);
    AtomicLong started = new AtomicLong();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        IDLE_MILLIS,
        TimeUnit.MILLISECONDS,
        new SynchronousQueue<>(),
        worker -> {
          Thread thread =
              new Thread(
                  () -> {
                    if (isPyTorch) {
                      JniUtils.setGradMode(false);
                    }
                    worker.run();
                  },
                  "smartops-loader-" + started.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
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
