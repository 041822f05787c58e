package io.smartops.djl;

import io.smartops.control.Amplifier;
import io.smartops.control.Decision;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import io.smartops.loop.RunLog;
import java.util.List;

/**
 * Holds updates back until the batches of an amplified one have come, and measures what their
 * gradients tell of noise. An update takes the mean of its batches' gradients.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class Accumulation implements AutoCloseable {
  private final Amplifier amplifier;
  private final Gradients gradients;
  private final LearningRateScale learningRate;
  private final RunLog log;
  private final Tape tape;
  private int held;
  private int wanted = 1;
  private long samplesSeen;
  private int samples;
  private boolean comparable;
  private boolean ready;
  private double firstSquared;
  private double allSquared;

  Accumulation(
      Amplifier amplifier,
      Gradients gradients,
      LearningRateScale learningRate,
      RunLog log,
      Tape tape) {
    this.amplifier = amplifier;
    this.gradients = gradients;
    this.learningRate = learningRate;
    this.log = log;
    this.tape = tape;
  }

  /** The user asks for an update. Returns whether it is to be made now. */
  boolean isDue() {
    int batch = (int) (log.samplesInStep() - samplesSeen);
    if (ready || (batch == 0 && held == 0)) {
      return true;
    }
    if (batch > 0) {
      add(batch);
    }
    return held >= wanted;
  }

  private void add(int batch) {
    if (held == 0) {
      samples = batch;
      wanted = amplifier.batches(batch);
      firstSquared = wanted > 1 ? gradients.squaredLength() : 0;
      comparable = true;
    }
    comparable &= batch == samples;
    samplesSeen += batch;
    held++;
  }

  /** Whether gradients wait for an update. */
  boolean isHolding() {
    return held > 0;
  }

  /** The update is about to be made, with what has come so far; done once, if it is repeated. */
  void prepare() {
    if (ready || held < 2) {
      return;
    }
    gradients.scale(1f / held);
    allSquared = gradients.squaredLength();
    learningRate.set(amplifier.gain(held, samples));
    ready = true;
  }

  /** The update was made. */
  void applied(long step) {
    if (comparable && held > 1) {
      tape.heard(new Signal.UpdatedFromSeveral(samples, held, firstSquared, allSquared));
      List<Decision> decisions = amplifier.updated(step, samples, held, firstSquared, allSquared);
      if (!decisions.isEmpty()) {
        tape.decided(decisions);
      }
      log.decided(decisions);
    } else {
      tape.heard(new Signal.Updated());
      amplifier.updated();
    }
    forget();
  }

  /** What was held back is gone. */
  void forget() {
    learningRate.set(1);
    held = 0;
    samplesSeen = 0;
    ready = false;
  }

  @Override
  public void close() {
    learningRate.close();
  }
}
