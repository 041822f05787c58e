package io.smartops.nvml.driver;

import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * How one exported version of a function takes its arguments and lays out its results.
 *
 * <p>Results lie in a buffer of {@code bytes} bytes; the function gets a pointer to each of {@code
 * pointers}, which are offsets into it. A structure has one pointer.
 *
 * @param symbol exported name
 * @param fixedArguments integers that this version wants before its results
 * @param bytes size of the result buffer
 * @param pointers offsets whose addresses are passed
 * @param version what the structure's first word must hold; empty for none
 * @param fields the numbers to take out, in the decoder's order
 * @param decoder makes the answer of the numbers
 */
public record Signature<T>(
    String symbol,
    List<Long> fixedArguments,
    int bytes,
    List<Integer> pointers,
    OptionalInt version,
    List<Field> fields,
    Decoder<T> decoder) {

  /** How a number lies in memory. */
  public enum Width {
    U32(4),
    I32(4),
    U64(8);

    private final int bytes;

    Width(int bytes) {
      this.bytes = bytes;
    }

    /** Size in memory. */
    public int bytes() {
      return bytes;
    }
  }

  /** A number in the result buffer. */
  public record Field(int offset, Width width) {

    /** An unsigned 32-bit number. */
    public static Field u32(int offset) {
      return new Field(offset, Width.U32);
    }

    /** A signed 32-bit number. */
    public static Field i32(int offset) {
      return new Field(offset, Width.I32);
    }

    /** A 64-bit number. */
    public static Field u64(int offset) {
      return new Field(offset, Width.U64);
    }
  }

  /** Makes an answer, or an absence, of the numbers that came back. */
  @FunctionalInterface
  public interface Decoder<T> {
    /** Decodes the numbers of the signature's fields, in their order. */
    Reading<T> decode(long[] numbers);
  }

  private static final int SLOT_BYTES = 8;

  /** A function with one pointer for each number. */
  static <T> Signature<T> pointers(String symbol, Decoder<T> decoder, Width... widths) {
    List<Integer> offsets =
        IntStream.range(0, widths.length).map(slot -> slot * SLOT_BYTES).boxed().toList();
    List<Field> fields =
        offsets.stream().map(offset -> new Field(offset, widths[offset / SLOT_BYTES])).toList();
    int bytes = widths.length * SLOT_BYTES;
    return new Signature<>(symbol, List.of(), bytes, offsets, OptionalInt.empty(), fields, decoder);
  }

  /** A function that fills a structure. */
  static <T> Signature<T> struct(String symbol, int bytes, Decoder<T> decoder, Field... fields) {
    return new Signature<>(
        symbol, List.of(), bytes, List.of(0), OptionalInt.empty(), List.of(fields), decoder);
  }

  /** The same structure, announced by a version word at offset 0. */
  Signature<T> withVersion(int word) {
    return new Signature<>(
        symbol, fixedArguments, bytes, pointers, OptionalInt.of(word), fields, decoder);
  }

  /** The same function with integers before its results. */
  Signature<T> withArguments(Long... values) {
    return new Signature<>(symbol, List.of(values), bytes, pointers, version, fields, decoder);
  }

  /** The version word of a structure, by NVML's rule. */
  static int structVersion(int bytes, int version) {
    return bytes | version << 24;
  }

  /** Decodes a single number by {@code function}; all ones mean that there is none. */
  static <T> Decoder<T> single(String subject, Width width, Function<Long, Reading<T>> function) {
    long none = width == Width.U64 ? -1L : 0xFFFF_FFFFL;
    return numbers ->
        numbers[0] == none
            ? Reading.absent(NvmlStatus.NOT_SUPPORTED, subject)
            : function.apply(numbers[0]);
  }
}
