package io.smartops.control;

/**
 * The loader's settings.
 *
 * @param workers threads that build batches ahead; with 0 the training thread builds each itself
 * @param depth batches that may be outstanding
 * @param libtorchThreads threads that one libtorch operation may use on the training thread
 */
public record LoaderPlan(int workers, int depth, int libtorchThreads) {

  LoaderPlan withWorkers(int newWorkers, int newDepth) {
    return new LoaderPlan(newWorkers, newDepth, libtorchThreads);
  }

  LoaderPlan withLibtorchThreads(int threads) {
    return new LoaderPlan(workers, depth, threads);
  }
}
