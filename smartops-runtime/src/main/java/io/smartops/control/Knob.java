package io.smartops.control;

/** What the controller may turn. */
public enum Knob {
  /** Samples in one forward and backward pass of training. */
  MICRO_BATCH("micro-batch"),
  /** Samples that one update of the parameters takes. */
  LOGICAL_BATCH("logical batch"),
  /** Samples in one forward pass of evaluation. */
  EVALUATION_BATCH("evaluation batch"),
  /** Batches that the loader holds ready. */
  PREFETCH_DEPTH("prefetch depth"),
  /** Threads of the loader. */
  LOADER_WORKERS("loader workers"),
  /** Threads that one operation of libtorch may use on the training thread. */
  LIBTORCH_THREADS("libtorch threads"),
  /** Type in which batches cross the link to the device. */
  TRANSFER_TYPE("transfer type"),
  /** Arithmetic of the model's forward and backward pass. */
  PRECISION("precision");

  private final String label;

  Knob(String label) {
    this.label = label;
  }

  /** The field's own word for it, for logs and reports. */
  public String label() {
    return label;
  }
}
