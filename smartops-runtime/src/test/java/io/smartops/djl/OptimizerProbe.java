package io.smartops.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.training.optimizer.Optimizer;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads all that an optimizer remembers, without the help of what is tested. */
final class OptimizerProbe {
  private OptimizerProbe() {}

  /** Every map by parameter and every int of {@code optimizer} and of those that it wraps. */
  static Map<String, Object> state(Optimizer optimizer, List<String> parameterIds) {
    Map<String, Object> state = new TreeMap<>();
    read(optimizer, parameterIds, "", state);
    return state;
  }

  private static void read(
      Optimizer optimizer, List<String> ids, String prefix, Map<String, Object> state) {
    for (Class<?> type = optimizer.getClass(); type != Object.class; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (!Modifier.isStatic(field.getModifiers())) {
          read(value(field, optimizer), ids, prefix + field.getName(), state);
        }
      }
    }
  }

  private static void read(Object value, List<String> ids, String name, Map<String, Object> state) {
    if (value instanceof Map<?, ?> map) {
      List<Object> byParameter = new ArrayList<>();
      ids.forEach(id -> byParameter.add(plain(map.get(id))));
      state.put(name, byParameter);
    } else if (value instanceof Integer) {
      state.put(name, value);
    } else if (value instanceof Optimizer wrapped) {
      read(wrapped, ids, name + ".", state);
    }
  }

  private static Object plain(Object value) {
    if (value instanceof Map<?, ?> byDevice) {
      List<float[]> arrays = new ArrayList<>();
      byDevice.values().forEach(a -> arrays.add(((NDArray) a).toFloatArray()));
      return arrays;
    }
    return value == null ? "none" : value;
  }

  private static Object value(Field field, Object owner) {
    try {
      field.setAccessible(true);
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new LinkageError(field.getName(), e);
    }
  }
}
