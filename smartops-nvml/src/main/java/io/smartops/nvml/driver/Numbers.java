package io.smartops.nvml.driver;

import static java.util.stream.Collectors.joining;

import io.smartops.nvml.driver.Signature.Decoder;
import io.smartops.nvml.driver.Signature.Width;
import io.smartops.nvml.reading.NvmlCode;
import io.smartops.nvml.reading.Reading;
import java.util.List;
import java.util.stream.Stream;

/** Short forms for the rows of the query tables. */
final class Numbers {
  private Numbers() {}

  static Query.Numbers<Integer> integer(String symbol, Long... arguments) {
    return device(
        symbol, Signature.single(symbol, Width.U32, n -> Reading.of(n.intValue())), arguments);
  }

  static Query.Numbers<Long> whole(String symbol, Long... arguments) {
    return device(symbol, Signature.single(symbol, Width.U32, Reading::of), arguments);
  }

  static Query.Numbers<Long> whole64(String symbol, Long... arguments) {
    return of(
        symbol,
        true,
        List.of(arguments),
        Signature.pointers(symbol, Signature.single(symbol, Width.U64, Reading::of), Width.U64));
  }

  static Query.Numbers<Boolean> flag(String symbol, Long... arguments) {
    return device(symbol, Signature.single(symbol, Width.U32, n -> Reading.of(n != 0)), arguments);
  }

  static <E extends Enum<E> & NvmlCode> Query.Numbers<E> coded(
      Class<E> type, String symbol, Long... arguments) {
    return device(
        symbol,
        Signature.single(symbol, Width.U32, n -> NvmlCode.decode(type, n, symbol)),
        arguments);
  }

  /** A function that gives another handle. */
  static Query.Numbers<Long> handle(
      String symbol, boolean onDevice, List<Long> arguments, String... versions) {
    Decoder<Long> decoder = numbers -> Reading.of(numbers[0]);
    return versions(
        symbol,
        onDevice,
        arguments,
        Stream.of(versions).map(v -> Signature.pointers(v, decoder, Width.U64)).toList());
  }

  /** A function with two unsigned results. */
  static <T> Query.Numbers<T> pair(String symbol, Decoder<T> decoder) {
    return of(symbol, true, List.of(), Signature.pointers(symbol, decoder, Width.U32, Width.U32));
  }

  @SafeVarargs
  @SuppressWarnings("varargs")
  static <T> Query.Numbers<T> of(
      String symbol, boolean onDevice, List<Long> arguments, Signature<T>... signatures) {
    return versions(symbol, onDevice, arguments, List.of(signatures));
  }

  private static <T> Query.Numbers<T> versions(
      String symbol, boolean onDevice, List<Long> arguments, List<Signature<T>> signatures) {
    return new Query.Numbers<>(symbol, key(symbol, arguments), onDevice, arguments, signatures);
  }

  private static String key(String symbol, List<Long> arguments) {
    return arguments.isEmpty()
        ? symbol
        : arguments.stream().map(String::valueOf).collect(joining(",", symbol + "(", ")"));
  }

  private static <T> Query.Numbers<T> device(String symbol, Decoder<T> decoder, Long... arguments) {
    return of(symbol, true, List.of(arguments), Signature.pointers(symbol, decoder, Width.U32));
  }
}
