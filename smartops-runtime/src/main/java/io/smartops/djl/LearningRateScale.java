package io.smartops.djl;

import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.ArrayList;
import java.util.List;

/**
 * Multiplies the learning rate of an optimizer. DJL's keep the tracker that gives it in a private
 * field; another one is put in its place until {@link #close}.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class LearningRateScale implements AutoCloseable {
  private static final String FIELD = "learningRateTracker";

  private record Place(Field field, Optimizer owner, ParameterTracker original) {}

  private final List<Place> places = new ArrayList<>();
  private float factor = 1;

  /**
   * A scale for the learning rate of {@code optimizers}, of 1 at first.
   *
   * @throws IllegalArgumentException if none of them keeps it as DJL's own do
   */
  LearningRateScale(Iterable<Optimizer> optimizers) {
    try {
      for (Optimizer optimizer : optimizers) {
        take(optimizer);
      }
    } catch (IllegalAccessException | InaccessibleObjectException e) {
      throw new IllegalArgumentException(
          "optAmplify cannot reach the optimizer's learning rate", e);
    }
    if (places.isEmpty()) {
      throw new IllegalArgumentException(
          "optAmplify must scale the learning rate, and the optimizer has no field %s as DJL's own: use Sgd, Adam or AdamW"
              .formatted(FIELD));
    }
  }

  private void take(Optimizer optimizer) throws IllegalAccessException {
    for (Class<?> type = optimizer.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getName().equals(FIELD) && field.getType() == ParameterTracker.class) {
          field.setAccessible(true);
          ParameterTracker original = (ParameterTracker) field.get(optimizer);
          field.set(optimizer, (ParameterTracker) (id, update) -> scaled(original, id, update));
          places.add(new Place(field, optimizer, original));
        }
      }
    }
  }

  private float scaled(ParameterTracker original, String parameterId, int update) {
    return factor * original.getNewValue(parameterId, update);
  }

  /** Multiplies by {@code newFactor} from now on. */
  void set(double newFactor) {
    factor = (float) newFactor;
  }

  @Override
  public void close() {
    for (Place place : places) {
      try {
        place.field().set(place.owner(), place.original());
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e); // it was accessible before
      }
    }
  }
}
