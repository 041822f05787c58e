package io.smartops.examples;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 512m}, {@code 1.5 GiB}, {@code 800000000}. Units are
 * binary: k, m and g are powers of 1,024.
 *
 * @param bytes the number
 */
record ByteSize(long bytes) {
  private static final Pattern TEXT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmg]?)(?:i?b)?");
  private static final Map<String, Long> UNITS =
      Map.of("", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30);
  private static final double MEBIBYTE = 1L << 20;

  /**
   * Reads a size.
   *
   * @throws IllegalArgumentException if {@code text} is not a size; the message shows examples
   */
  static ByteSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a size: write for example 512m or 1.5g".formatted(text));
    }
    long unit = UNITS.getOrDefault(matcher.group(2), 1L);
    return new ByteSize(Math.round(Double.parseDouble(matcher.group(1)) * unit));
  }

  /** Whole mebibytes, rounded. */
  static long mebibytes(long bytes) {
    return Math.round(bytes / MEBIBYTE);
  }

  /** The size in whole mebibytes, for people. */
  @Override
  public String toString() {
    return "%,d MiB".formatted(mebibytes(bytes));
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String text) {
      try {
        return parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
