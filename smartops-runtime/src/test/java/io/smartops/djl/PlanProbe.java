package io.smartops.djl;

import ai.djl.Device;
import io.smartops.control.BatchController;
import io.smartops.control.Knob;
import io.smartops.control.MicroBatchLimits;
import io.smartops.loop.BatchPlanner;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.function.LongSupplier;

/** Reads and sets the plan of a trainer, which no user can. */
final class PlanProbe {
  private PlanProbe() {}

  /** Gives every device a controller that has never seen a failure and keeps to {@code limits}. */
  static void fixPlan(AdaptiveTrainer trainer, MicroBatchLimits limits) {
    setPlan(trainer, limits, false);
  }

  /** Lets every device split a batch that fits where that is faster. */
  static void splitForSpeed(AdaptiveTrainer trainer) {
    setPlan(trainer, MicroBatchLimits.ANY, true);
  }

  private static void setPlan(
      AdaptiveTrainer trainer, MicroBatchLimits limits, boolean splitsWhole) {
    for (Lane lane : lanes(trainer).values()) {
      int needed = lane.statistics().inUse() ? 2 : 1;
      set(
          lane.training(lane.precision().next()),
          "controller",
          new BatchController(Knob.MICRO_BATCH, limits, needed, splitsWhole));
    }
  }

  /** Times the batches of every device by {@code nanoClock}. */
  static void setClock(AdaptiveTrainer trainer, LongSupplier nanoClock) {
    for (Lane lane : lanes(trainer).values()) {
      set(lane.training(lane.precision().next()), "nanoClock", nanoClock);
    }
  }

  /** The most samples that a micro-batch has at present. */
  static int cap(AdaptiveTrainer trainer) {
    Lane lane = lanes(trainer).values().iterator().next();
    return ((BatchController) get(lane.training(lane.precision().next()), "controller")).cap();
  }

  @SuppressWarnings("unchecked") // the field's declared type
  private static Map<Device, Lane> lanes(AdaptiveTrainer trainer) {
    return (Map<Device, Lane>) get(trainer, "lanes");
  }

  private static Object get(Object owner, String field) {
    try {
      return accessible(owner.getClass(), field).get(owner);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(field, e);
    }
  }

  private static void set(BatchPlanner planner, String field, Object value) {
    try {
      accessible(BatchPlanner.class, field).set(planner, value);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(field, e);
    }
  }

  private static Field accessible(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
