package io.smartops.nvml.driver;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The rows of one function, one for each constant of an enum. Built once, since samplers ask on.
 */
final class Rows<E extends Enum<E>, T> {
  private final Map<E, Query<T>> rows;

  Rows(Class<E> type, Function<E, Query<T>> row) {
    rows = new EnumMap<>(type);
    for (E constant : type.getEnumConstants()) {
      rows.put(constant, row.apply(constant));
    }
  }

  Query<T> of(E constant) {
    return Objects.requireNonNull(rows.get(constant));
  }
}
