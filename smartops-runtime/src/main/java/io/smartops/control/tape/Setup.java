package io.smartops.control.tape;

import io.smartops.control.Amplifier;
import io.smartops.control.BatchController;
import io.smartops.control.Knob;
import io.smartops.control.LearningRateRule;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderLimits;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.Precision;
import io.smartops.control.PrecisionController;
import java.util.List;
import java.util.function.IntFunction;

/** What a controller is made from: enough to make its like. */
public sealed interface Setup {

  /**
   * A controller as it was at the beginning.
   *
   * @param others the replicas of the run's other controllers, by number
   */
  Replica replica(IntFunction<Replica> others);

  /**
   * Whether decisions count the controller's own events, so that their steps cannot be compared.
   */
  default boolean countsForItself() {
    return false;
  }

  /**
   * A {@link BatchController}.
   *
   * @param knob what its decisions are about
   * @param limits bounds of the micro-batch
   * @param needed samples that the model needs in each micro-batch
   * @param learnt what an earlier run has learnt of memory
   * @param forSpeed whether speed is looked for besides memory
   * @param splitsWhole whether a batch that fits in one piece may be split to gain speed
   */
  record Batches(
      Knob knob,
      MicroBatchLimits limits,
      int needed,
      MemoryExperience learnt,
      boolean forSpeed,
      boolean splitsWhole)
      implements Setup {

    /** One that looks at memory only, and knows nothing yet. */
    public static Batches byMemoryOnly(Knob knob, MicroBatchLimits limits) {
      return new Batches(knob, limits, 1, MemoryExperience.NONE, false, false);
    }

    /** The controller. */
    public BatchController controller() {
      BatchController controller = new BatchController(knob, limits, needed, learnt, splitsWhole);
      if (!forSpeed) {
        controller.neverSplitForSpeed();
      }
      return controller;
    }

    @Override
    public Replica replica(IntFunction<Replica> others) {
      return new BatchReplica(controller());
    }
  }

  /**
   * A {@link PrecisionController}.
   *
   * @param candidates the precisions it may choose, or the one that it was given
   * @param fixed whether it was given one
   */
  record Precisions(List<Precision> candidates, boolean fixed) implements Setup {
    public Precisions {
      candidates = List.copyOf(candidates);
    }

    /** The controller. */
    public PrecisionController controller() {
      return fixed
          ? PrecisionController.fixed(candidates.get(0))
          : PrecisionController.choosing(candidates);
    }

    @Override
    public Replica replica(IntFunction<Replica> others) {
      PrecisionController controller = controller();
      return (step, signal) -> Telling.tell(controller, step, signal);
    }
  }

  /** A {@link LoaderController}. */
  record Loading(LoaderLimits limits) implements Setup {
    /** The controller. */
    public LoaderController controller() {
      return new LoaderController(limits);
    }

    @Override
    public Replica replica(IntFunction<Replica> others) {
      LoaderController controller = controller();
      return (step, signal) -> Telling.tell(controller, signal);
    }

    @Override
    public boolean countsForItself() {
      return true;
    }
  }

  /**
   * An {@link Amplifier}.
   *
   * @param maxLogicalBatch the most samples that one update may take
   * @param rule how the learning rate follows
   */
  record Amplifying(int maxLogicalBatch, LearningRateRule rule) implements Setup {
    /** The controller. */
    public Amplifier controller() {
      return new Amplifier(maxLogicalBatch, rule);
    }

    @Override
    public Replica replica(IntFunction<Replica> others) {
      Amplifier controller = controller();
      return (step, signal) -> Telling.tell(controller, step, signal);
    }
  }

  /**
   * The controller of the same batches in a lower precision, which began where another one was.
   *
   * @param from the other one's number
   * @param moreBytes what a micro-batch takes besides
   */
  record Lowered(int from, long moreBytes) implements Setup {
    @Override
    public Replica replica(IntFunction<Replica> others) {
      return others.apply(from).inLowerPrecision(moreBytes);
    }
  }
}
