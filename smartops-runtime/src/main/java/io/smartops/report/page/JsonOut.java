package io.smartops.report.page;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Writes absent figures as null, and fractions with as many digits as a page can show. */
final class JsonOut {
  /** Significant digits of a fraction. */
  private static final int DIGITS = 6;

  private final JsonWriter out;

  JsonOut(JsonWriter out) {
    this.out = out;
    out.setHtmlSafe(true); // may stand in a script element
    out.setSerializeNulls(true);
  }

  JsonWriter raw() {
    return out;
  }

  <T> void longs(String name, List<T> points, ToLongFunction<T> value) throws IOException {
    array(name, points, point -> out.value(value.applyAsLong(point)));
  }

  <T> void optionalLongs(String name, List<T> points, Function<T, OptionalLong> value)
      throws IOException {
    array(name, points, point -> value(value.apply(point)));
  }

  <T> void doubles(String name, List<T> points, ToDoubleFunction<T> value) throws IOException {
    array(name, points, point -> value(value.applyAsDouble(point)));
  }

  <T> void optionalDoubles(String name, List<T> points, Function<T, OptionalDouble> value)
      throws IOException {
    array(name, points, point -> value(value.apply(point)));
  }

  <T> void optionalInts(String name, List<T> points, Function<T, OptionalInt> value)
      throws IOException {
    array(
        name,
        points,
        point -> {
          OptionalInt number = value.apply(point);
          if (number.isPresent()) {
            out.value(number.getAsInt());
          } else {
            out.nullValue();
          }
        });
  }

  <T> void strings(String name, List<T> points, Function<T, String> value) throws IOException {
    array(name, points, point -> out.value(value.apply(point)));
  }

  /** Writes one element of an array. */
  interface Element<T> {
    void write(T point) throws IOException;
  }

  <T> void array(String name, List<T> points, Element<T> element) throws IOException {
    out.name(name).beginArray();
    for (T point : points) {
      element.write(point);
    }
    out.endArray();
  }

  void field(String name, OptionalDouble value) throws IOException {
    out.name(name);
    value(value);
  }

  void field(String name, OptionalLong value) throws IOException {
    out.name(name);
    value(value);
  }

  private void value(OptionalLong value) throws IOException {
    if (value.isPresent()) {
      out.value(value.getAsLong());
    } else {
      out.nullValue();
    }
  }

  private void value(OptionalDouble value) throws IOException {
    if (value.isPresent()) {
      value(value.getAsDouble());
    } else {
      out.nullValue();
    }
  }

  /** JSON has no infinity: a loss that ran away is shown as a gap. */
  private void value(double value) throws IOException {
    if (Double.isFinite(value)) {
      out.value(rounded(value));
    } else {
      out.nullValue();
    }
  }

  private static Number rounded(double value) {
    if (value == 0) {
      return 0;
    }
    int magnitude = (int) Math.floor(Math.log10(Math.abs(value)));
    if (magnitude >= DIGITS) {
      return Math.round(value);
    }
    double scale = Math.pow(10, DIGITS - 1 - magnitude);
    double fraction = Math.round(value * scale) / scale;
    return fraction == Math.rint(fraction) ? (Number) (long) fraction : (Number) fraction;
  }
}
