package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import java.lang.ref.Cleaner;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state that DJL's optimizers keep in private fields: an update count for each parameter, and
 * arrays (moments) for each parameter and device. DJL offers no access, so it is had by reflection
 * on the fields' types: {@code Map<String, Integer>} is a count, {@code Map<String, Map<Device,
 * NDArray>>} is state. An optimizer that wraps another one keeps the other in a field: its state
 * counts too.
 *
 * <p>Not thread-safe: used by the thread that steps.
 */
final class OptimizerState {
  private static final Logger LOGGER = LoggerFactory.getLogger(OptimizerState.class);

  private static final Cleaner CLEANER = Cleaner.create();

  private final Optimizer optimizer;
  private final Set<Optimizer> optimizers = Collections.newSetFromMap(new IdentityHashMap<>());
  private final @Nullable Field latestCount;
  private final List<Map<Object, Object>> maps = new ArrayList<>();

  OptimizerState(Optimizer optimizer) {
    this.optimizer = optimizer;
    Field count = null;
    try {
      count = field(Optimizer.class.getDeclaredField("numUpdate"));
      collect(optimizer);
    } catch (NoSuchFieldException | IllegalAccessException | InaccessibleObjectException e) {
      LOGGER.warn(
          "The state of {} cannot be read ({}): an out-of-memory error inside its update cannot be"
              + " undone.",
          optimizer.getClass().getName(),
          e.toString());
    }
    this.latestCount = count;
  }

  private void collect(Optimizer optimizer) throws IllegalAccessException {
    if (!optimizers.add(optimizer)) {
      return;
    }
    for (Class<?> type = optimizer.getClass();
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      for (Field declared : type.getDeclaredFields()) {
        collect(optimizer, declared);
      }
    }
  }

  @SuppressWarnings(
      "unchecked") // all maps of an optimizer are read by key and written back as read
  private void collect(Optimizer owner, Field declared) throws IllegalAccessException {
    boolean map = Map.class.isAssignableFrom(declared.getType());
    boolean wrapped = Optimizer.class.isAssignableFrom(declared.getType());
    Object value = map || wrapped ? field(declared).get(owner) : null;
    if (value instanceof Map<?, ?> found) {
      maps.add((Map<Object, Object>) found);
    } else if (value instanceof Optimizer inner) {
      collect(inner);
    }
  }

  /** The optimizer, and those that it wraps. */
  Set<Optimizer> optimizers() {
    return Collections.unmodifiableSet(optimizers);
  }

  private static Field field(Field declared) {
    declared.setAccessible(true);
    return declared;
  }

  /** How often a parameter has been updated, and the most that any has. */
  final class Counts {
    private final String parameterId;
    private final IdentityHashMap<Map<Object, Object>, Object> counts = new IdentityHashMap<>();
    private final IdentityHashMap<Optimizer, Integer> latest = latestCounts();

    private Counts(String parameterId) {
      this.parameterId = parameterId;
      for (Map<Object, Object> map : maps) {
        if (map.get(parameterId) instanceof Integer count) {
          counts.put(map, count);
        }
      }
    }

    /** Puts them back. */
    void restore() {
      for (Map<Object, Object> map : maps) {
        if (map.get(parameterId) instanceof Integer) {
          restore(map, counts.get(map));
        }
      }
      latest.forEach(OptimizerState.this::setLatestCount);
    }

    private void restore(Map<Object, Object> map, @Nullable Object before) {
      if (before == null) {
        map.remove(parameterId);
      } else {
        map.put(parameterId, before);
      }
    }
  }

  /** The counts that an update of a parameter changes. */
  Counts counts(String parameterId) {
    return new Counts(parameterId);
  }

  /** What one parameter's update is about to change on one device. */
  final class Snapshot implements AutoCloseable {
    private final NDManager scope;
    private final String parameterId;
    private final NDArray weight;
    private final NDArray weightCopy;
    private final IdentityHashMap<NDArray, NDArray> stateCopies = new IdentityHashMap<>();
    private final Counts counts;

    private Snapshot(String parameterId, NDArray weight, NDManager scope) {
      this.scope = scope;
      this.parameterId = parameterId;
      this.weight = weight;
      this.weightCopy = copy(weight);
      this.counts = new Counts(parameterId);
      for (Map<Object, Object> map : maps) {
        NDArray state = stateOn(map.get(parameterId), weight.getDevice());
        if (state != null) {
          stateCopies.put(state, copy(state));
        }
      }
    }

    private NDArray copy(NDArray array) {
      NDArray copy = array.duplicate();
      copy.attach(scope);
      return copy;
    }

    /** Puts everything back: weight, state, counts. State that did not exist goes. */
    void restore() {
      Tensors.overwrite(weight, weightCopy);
      for (Map<Object, Object> map : maps) {
        restoreState(map);
      }
      counts.restore();
    }

    private void restoreState(Map<Object, Object> map) {
      NDArray state = stateOn(map.get(parameterId), weight.getDevice());
      if (state == null) {
        return;
      }
      NDArray copy = stateCopies.get(state);
      if (copy != null) {
        Tensors.overwrite(state, copy);
      } else {
        forget(map, state);
      }
    }

    private void forget(Map<Object, Object> map, NDArray state) {
      if (map.get(parameterId) instanceof Map<?, ?> byDevice) {
        byDevice.remove(weight.getDevice());
        if (byDevice.isEmpty()) {
          map.remove(parameterId);
        }
      }
      state.close();
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  /** Copies what an update of {@code weight} changes, onto a new manager below {@code parent}. */
  Snapshot snapshot(String parameterId, NDArray weight, NDManager parent) {
    NDManager scope = parent.newSubManager();
    try {
      return new Snapshot(parameterId, weight, scope);
    } catch (Throwable t) {
      scope.close();
      throw t;
    }
  }

  /**
   * Gives the state of some parameters an end, which it has not in DJL: it is freed with {@code
   * manager}, the model's, and before that once nobody can reach the optimizer any more.
   */
  void endWith(Collection<String> parameterIds, NDManager manager) {
    List<NDArray> states = new ArrayList<>();
    for (Map<Object, Object> map : maps) {
      for (String parameterId : parameterIds) {
        if (map.get(parameterId) instanceof Map<?, ?> byDevice) {
          byDevice.values().stream()
              .filter(NDArray.class::isInstance)
              .map(NDArray.class::cast)
              .forEach(states::add);
        }
      }
    }
    for (NDArray state : states) {
      if (state.getManager() != manager) {
        state.attach(manager);
      }
    }
    if (optimizers.size() == 1) { // one that is wrapped may be reached by another way
      CLEANER.register(optimizer, () -> states.forEach(NDArray::close));
    }
  }

  private static @Nullable NDArray stateOn(@Nullable Object value, Device device) {
    return value instanceof Map<?, ?> byDevice && byDevice.get(device) instanceof NDArray array
        ? array
        : null;
  }

  private IdentityHashMap<Optimizer, Integer> latestCounts() {
    IdentityHashMap<Optimizer, Integer> counts = new IdentityHashMap<>();
    try {
      if (latestCount != null) {
        for (Optimizer optimizer : optimizers) {
          counts.put(optimizer, latestCount.getInt(optimizer));
        }
      }
      return counts;
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private void setLatestCount(Optimizer optimizer, int count) {
    try {
      if (latestCount != null) {
        latestCount.setInt(optimizer, count);
      }
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
