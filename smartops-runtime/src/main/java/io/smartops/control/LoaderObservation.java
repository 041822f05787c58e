package io.smartops.control;

import java.util.OptionalDouble;

/**
 * One delivery, as the training thread saw it.
 *
 * @param first whether it is the first of a pass, which always waits for the pipeline to fill
 * @param waitNanos how long the training thread waited for the batch
 * @param stepNanos how long it was busy with the batch before
 * @param build where the time of the build went
 * @param workersAtStart the workers setting when the build began
 * @param builtByConsumer whether the training thread built the batch itself
 * @param readyBefore batches that were ready when it came
 * @param outstandingBefore batches that were outstanding when it came
 * @param bytes memory of the batch
 * @param idleCores processor cores that this process did not use of late
 */
public record LoaderObservation(
    boolean first,
    long waitNanos,
    long stepNanos,
    LoaderBuildTimes build,
    int workersAtStart,
    boolean builtByConsumer,
    int readyBefore,
    int outstandingBefore,
    long bytes,
    OptionalDouble idleCores) {

  long periodNanos() {
    return waitNanos + stepNanos;
  }
}
