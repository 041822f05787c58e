package io.smartops.loop;

import io.smartops.control.Decision;
import io.smartops.control.LoaderBuildTimes;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderObservation;
import io.smartops.control.LoaderPlan;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import io.smartops.prefetch.Delivery;
import io.smartops.prefetch.PrefetchEngine;
import io.smartops.prefetch.PrefetchSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Takes items from an engine, tells the controller what each delivery showed, and applies what it
 * decides. One loop serves one pass; the controller outlives it and is locked while it is asked.
 *
 * <p>For one consumer at a time, as the engine is.
 *
 * @param <T> the kind of item
 */
public final class LoaderLoop<T> {
  private final PrefetchEngine<T> engine;
  private final LoaderController controller;
  private final Function<T, LoaderBuildTimes> buildTimes;
  private final LongSupplier nanoClock;
  private final Supplier<OptionalDouble> idleCores;
  private final LoaderActuator actuator;
  private final Consumer<Decision> journal;
  private final Tape tape;
  private LoaderPlan applied;
  private long returnedNanos;
  private boolean first = true;

  /**
   * Makes a loop over a fresh engine that was opened with the controller's plan, whose controller's
   * signals are taken down.
   *
   * @param engine the engine
   * @param controller the policy
   * @param buildTimes what an item tells of its build
   * @param nanoClock the clock, in nanoseconds
   * @param idleCores tells of cores that this process leaves idle
   * @param actuator applies what the engine does not
   * @param journal hears of every decision
   * @param tape takes down what the controller is told, by all passes
   */
  public LoaderLoop(
      PrefetchEngine<T> engine,
      LoaderController controller,
      Function<T, LoaderBuildTimes> buildTimes,
      LongSupplier nanoClock,
      Supplier<OptionalDouble> idleCores,
      LoaderActuator actuator,
      Consumer<Decision> journal,
      Tape tape) {
    this.engine = engine;
    this.controller = controller;
    this.buildTimes = buildTimes;
    this.nanoClock = nanoClock;
    this.idleCores = idleCores;
    this.actuator = actuator;
    this.journal = journal;
    this.tape = tape;
    this.applied = controller.plan();
  }

  /** Gives the next item; see {@link PrefetchEngine#take}. */
  public Optional<T> next() throws InterruptedException, ExecutionException {
    if (first && controller.sharesCores()) {
      actuator.setLibtorchThreads(applied.libtorchThreads());
    }
    long cameNanos = nanoClock.getAsLong();
    Optional<Delivery<T>> delivery = engine.take();
    long leftNanos = nanoClock.getAsLong();
    delivery.ifPresent(d -> observe(d, leftNanos - cameNanos, cameNanos - returnedNanos));
    first = false;
    // What the loop itself takes counts as the step's: it is not waiting.
    returnedNanos = leftNanos;
    return delivery.map(Delivery::value);
  }

  private void observe(Delivery<T> delivery, long waitNanos, long stepNanos) {
    LoaderObservation observation =
        new LoaderObservation(
            first,
            waitNanos,
            first ? 0 : stepNanos,
            buildTimes.apply(delivery.value()),
            delivery.workersAtStart(),
            delivery.builtByConsumer(),
            delivery.readyBefore(),
            delivery.outstandingBefore(),
            delivery.bytes(),
            idleCores.get());
    List<Decision> decisions;
    LoaderPlan plan;
    synchronized (controller) {
      if (tape.isRunning()) {
        tape.heard(new Signal.Delivered(observation));
      }
      decisions = controller.observe(observation);
      if (!decisions.isEmpty()) {
        tape.decided(decisions);
      }
      plan = controller.plan();
    }
    apply(plan);
    decisions.forEach(journal);
  }

  private void apply(LoaderPlan plan) {
    if (plan.equals(applied)) {
      return;
    }
    if (plan.libtorchThreads() != applied.libtorchThreads()) {
      actuator.setLibtorchThreads(plan.libtorchThreads());
    }
    applied = plan;
    engine.resize(new PrefetchSettings(plan.workers(), plan.depth()));
    engine.refill();
  }
}
