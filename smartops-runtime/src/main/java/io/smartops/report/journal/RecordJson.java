package io.smartops.report.journal;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Records as arrays of their components, in order, so that a journal does not repeat names. What is
 * absent is null; numbers come back as they were, bit for bit.
 *
 * <p>Of a sealed interface's records the simple name comes first.
 */
final class RecordJson {
  private RecordJson() {}

  /** A record of a sealed interface, with its name. */
  static JsonArray encodeTagged(Object value) {
    JsonArray tagged = new JsonArray();
    tagged.add(value.getClass().getSimpleName());
    components(value).forEach(tagged::add);
    return tagged;
  }

  private static List<JsonElement> components(Object value) {
    List<JsonElement> elements = new ArrayList<>();
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      try {
        elements.add(encode(component.getAccessor().invoke(value)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return elements;
  }

  private static JsonElement encode(Object value) {
    if (value instanceof OptionalLong number) {
      return number.isPresent() ? new JsonPrimitive(number.getAsLong()) : JsonNull.INSTANCE;
    }
    if (value instanceof OptionalDouble number) {
      return number.isPresent() ? encode(number.getAsDouble()) : JsonNull.INSTANCE;
    }
    if (value instanceof Double number) {
      return Double.isFinite(number)
          ? new JsonPrimitive(number)
          : new JsonPrimitive(number.toString());
    }
    if (value instanceof Number number) {
      return new JsonPrimitive(number);
    }
    if (value instanceof Boolean truth) {
      return new JsonPrimitive(truth);
    }
    if (value instanceof Record || value instanceof List<?>) {
      List<JsonElement> parts =
          value instanceof List<?> list
              ? list.stream().map(RecordJson::encode).toList()
              : components(value);
      JsonArray array = new JsonArray();
      parts.forEach(array::add);
      return array;
    }
    return new JsonPrimitive(
        value instanceof Enum<?> constant ? constant.name() : value.toString());
  }

  /**
   * A record of the sealed interface {@code family}.
   *
   * @throws JsonParseException if it is none
   */
  static <T> T decodeTagged(JsonArray tagged, Class<T> family) {
    String name = tagged.get(0).getAsString();
    Class<?> type =
        Arrays.stream(family.getPermittedSubclasses())
            .filter(c -> c.getSimpleName().equals(name))
            .findFirst()
            .orElseThrow(() -> new JsonParseException("there is no \"" + name + "\""));
    JsonArray components = new JsonArray();
    tagged.asList().stream().skip(1).forEach(components::add);
    return family.cast(decodeRecord(components, type));
  }

  private static Object decodeRecord(JsonArray array, Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (components.length != array.size()) {
      throw new JsonParseException(
          "%s has %d components, not %d"
              .formatted(type.getSimpleName(), components.length, array.size()));
    }
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = decode(array.get(i), components[i].getGenericType());
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new JsonParseException("no %s: %s".formatted(type.getSimpleName(), array), e);
    }
  }

  private static Object decode(JsonElement element, Type type) {
    if (type instanceof ParameterizedType list) {
      return element.getAsJsonArray().asList().stream()
          .map(e -> decode(e, list.getActualTypeArguments()[0]))
          .toList();
    }
    Class<?> plain = (Class<?>) type;
    if (plain == OptionalLong.class) {
      return element.isJsonNull() ? OptionalLong.empty() : OptionalLong.of(element.getAsLong());
    }
    if (plain == OptionalDouble.class) {
      return element.isJsonNull()
          ? OptionalDouble.empty()
          : OptionalDouble.of(element.getAsDouble());
    }
    return plain.isRecord()
        ? decodeRecord(element.getAsJsonArray(), plain)
        : Lines.GSON.fromJson(element, plain);
  }
}
