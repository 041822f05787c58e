package io.smartops.loop;

/** Sets how many threads a libtorch operation may use on the calling thread. */
@FunctionalInterface
public interface LoaderActuator {

  /** Sets it; called on the training thread. */
  void setLibtorchThreads(int threads);
}
