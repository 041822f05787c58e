package io.smartops.control;

import java.util.ArrayList;
import java.util.List;

/** The plan that was told last: what differs from it is a decision. */
final class LoaderPlans {
  private LoaderPlan told;
  private long toldAt;

  LoaderPlans(LoaderPlan first) {
    this.told = first;
  }

  /** Deliveries since the last change that was told. */
  long sinceChange(long delivery) {
    return delivery - toldAt;
  }

  /** Makes {@code plan} the one that was told last, and gives what is new in it. */
  List<Decision> tell(LoaderPlan plan, long delivery, LoaderWhy why) {
    List<Decision> decisions = new ArrayList<>();
    for (Change change : changes(plan)) {
      if (change.from != change.to) {
        decisions.add(
            new Decision(
                delivery,
                change.knob,
                Integer.toString(change.from),
                Integer.toString(change.to),
                why.words(),
                why.figures()));
      }
    }
    toldAt = decisions.isEmpty() ? toldAt : delivery;
    told = plan;
    return decisions;
  }

  private record Change(Knob knob, int from, int to) {}

  private List<Change> changes(LoaderPlan plan) {
    return List.of(
        new Change(Knob.LOADER_WORKERS, told.workers(), plan.workers()),
        new Change(Knob.PREFETCH_DEPTH, told.depth(), plan.depth()),
        new Change(Knob.LIBTORCH_THREADS, told.libtorchThreads(), plan.libtorchThreads()));
  }
}
