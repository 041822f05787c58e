package io.smartops.simulation;

/** Turns the knobs of a training run. */
public interface TrainingPolicy {

  /** What is done about memory that ran out. */
  enum Recovery {
    /** The logical batch is computed again. */
    REPLAY,
    /** The job goes on from a checkpoint that was just written. */
    RESUME,
    /** The job begins anew: what it did is lost. */
    START_OVER
  }

  /** Threads that build batches before the first micro-batch; none: the training thread does. */
  default int firstWorkers() {
    return 0;
  }

  /** The setting of the next micro-batch. */
  Setting next(Situation situation);

  /** A micro-batch went through. */
  void done(Outcome outcome);

  /** A micro-batch ran out of memory. */
  Recovery outOfMemory(Outcome outcome);
}
