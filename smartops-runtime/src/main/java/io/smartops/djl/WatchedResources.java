package io.smartops.djl;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A manager's arrays and child managers, in the place of DJL's own map of them, so that an array
 * which is closed is seen. DJL's {@code x.mul(0.5f)} makes an array for the number, on a Java
 * buffer, and closes it before it returns; the graph reads that buffer in its backward pass, and
 * the garbage collector may have freed it by then. The buffers of arrays that are closed within a
 * step are therefore held by its {@link BoundaryCollector} until it is closed.
 *
 * <p>DJL keeps the map in a protected field of the manager; where that cannot be written, such
 * numbers are as unsafe as in plain DJL. Thread-safe as the map that it replaces.
 */
final class WatchedResources extends ConcurrentHashMap<String, AutoCloseable> {
  private static final long serialVersionUID = 1;
  private static final Logger LOGGER = LoggerFactory.getLogger(WatchedResources.class);
  private static final @Nullable Field RESOURCES = resourcesField();

  private WatchedResources(Map<String, AutoCloseable> resources) {
    resources.forEach(this::put);
  }

  private static @Nullable Field resourcesField() {
    try {
      Field field = BaseNDManager.class.getDeclaredField("resources");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException | InaccessibleObjectException e) {
      LOGGER.warn(
          "Arrays cannot be watched ({}): the number of an operation such as x.mul(0.5f) may be"
              + " freed before its backward pass, as without SmartOps.",
          e.toString());
      return null;
    }
  }

  /** Watches {@code manager} and its children, those to come as well. */
  static void watch(NDManager manager) {
    if (RESOURCES != null && manager instanceof BaseNDManager) {
      watch(manager, RESOURCES);
    }
  }

  private static void watch(NDManager manager, Field field) {
    synchronized (manager) { // which DJL holds as well where it changes its map
      try {
        @SuppressWarnings("unchecked")
        Map<String, AutoCloseable> resources = (Map<String, AutoCloseable>) field.get(manager);
        if (!(resources instanceof WatchedResources)) {
          field.set(manager, new WatchedResources(resources));
        }
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e); // made accessible above
      }
    }
  }

  @Override
  public @Nullable AutoCloseable put(String id, AutoCloseable resource) {
    if (resource instanceof NDManager child) {
      watch(child);
    }
    return super.put(id, resource);
  }

  /** DJL removes an array before it lets go of the array's buffer. */
  @Override
  public @Nullable AutoCloseable remove(Object id) {
    AutoCloseable removed = super.remove(id);
    if (removed instanceof PtNDArray array) {
      BoundaryCollector.current().ifPresent(collector -> collector.hold(array));
    }
    return removed;
  }
}
