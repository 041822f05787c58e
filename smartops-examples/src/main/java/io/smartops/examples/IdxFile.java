package io.smartops.examples;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * One file of unsigned bytes in the IDX format, which MNIST is published in: a magic number (zero,
 * zero, type 0x08, number of dimensions), each dimension as a big-endian int, then the bytes.
 * Immutable but for {@link #bytes()}, which is handed out uncopied.
 */
final class IdxFile {
  private static final int UNSIGNED_BYTE = 0x08;

  private final int[] dimensions;
  private final byte[] bytes;

  private IdxFile(int[] dimensions, byte[] bytes) {
    this.dimensions = dimensions;
    this.bytes = bytes;
  }

  /** Size along {@code axis}. */
  int size(int axis) {
    return dimensions[axis];
  }

  /** The values, last dimension fastest. */
  byte[] bytes() {
    return bytes;
  }

  /**
   * Reads a whole file.
   *
   * @param name what messages call the file
   * @param input the uncompressed file; not closed
   * @param rank the number of dimensions that it must have
   * @throws IOException if the file is of another type or rank, shorter or longer than its header
   *     says, or larger than a Java array
   */
  static IdxFile read(String name, InputStream input, int rank) throws IOException {
    checkMagic(name, readInt(name, input), rank);
    int[] dimensions = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      dimensions[axis] = checkSize(name, axis, readInt(name, input));
    }
    return new IdxFile(dimensions, readBytes(name, input, dimensions));
  }

  private static void checkMagic(String name, int magic, int rank) throws IOException {
    int expected = UNSIGNED_BYTE << Byte.SIZE | rank;
    if (magic != expected) {
      throw new IOException(
          "%s must start with 0x%08x (IDX, unsigned bytes, dimensions: %d), but starts with 0x%08x"
              .formatted(name, expected, rank, magic));
    }
  }

  private static int checkSize(String name, int axis, int size) throws IOException {
    if (size < 0) {
      throw new IOException(
          "%s: dimension %d must be at most %d, but is %d"
              .formatted(name, axis, Integer.MAX_VALUE, Integer.toUnsignedLong(size)));
    }
    return size;
  }

  private static byte[] readBytes(String name, InputStream input, int[] dimensions)
      throws IOException {
    int expected = product(name, dimensions);
    byte[] bytes = input.readNBytes(expected);
    if (bytes.length < expected) {
      throw truncated(name, expected, shape(dimensions), bytes.length);
    }
    if (input.read() >= 0) {
      throw new IOException(
          "%s must hold %,d bytes (%s) after its header, but holds more"
              .formatted(name, expected, shape(dimensions)));
    }
    return bytes;
  }

  private static int product(String name, int[] dimensions) throws IOException {
    try {
      return Arrays.stream(dimensions).reduce(1, Math::multiplyExact);
    } catch (ArithmeticException e) {
      throw new IOException(
          "%s: %s bytes are more than a Java array holds".formatted(name, shape(dimensions)), e);
    }
  }

  private static int readInt(String name, InputStream input) throws IOException {
    byte[] bytes = input.readNBytes(Integer.BYTES);
    if (bytes.length < Integer.BYTES) {
      throw truncated(name, Integer.BYTES, "a number of the header", bytes.length);
    }
    return (bytes[0] & 0xff) << 24
        | (bytes[1] & 0xff) << 16
        | (bytes[2] & 0xff) << 8
        | (bytes[3] & 0xff);
  }

  private static EOFException truncated(String name, int expected, String what, int found) {
    return new EOFException(
        "%s is truncated: expected %,d bytes (%s), but only %,d are left"
            .formatted(name, expected, what, found));
  }

  private static String shape(int[] dimensions) {
    return Arrays.stream(dimensions).mapToObj(Integer::toString).collect(Collectors.joining(" × "));
  }
}
