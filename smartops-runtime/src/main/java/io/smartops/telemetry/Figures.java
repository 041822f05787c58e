package io.smartops.telemetry;

import java.util.OptionalLong;

/**
 * Finds figures in the small text files of procfs and of control groups. Text that does not fit
 * gives absence, never an exception: what a kernel writes there differs by version.
 */
final class Figures {
  private static final String KIBIBYTES = " kB";
  private static final long BYTES_PER_KIBIBYTE = 1024;

  private Figures() {}

  /**
   * The number on the line that begins with {@code label}, in bytes where the line counts kB:
   * {@code VmRSS: 12 kB} gives 12288.
   */
  static OptionalLong labelled(String text, String label) {
    int line = lineStart(text, label);
    return line < 0 ? OptionalLong.empty() : numberAt(text, line + label.length());
  }

  /** The word-th number of {@code text}, counted from 0; words are separated by blanks. */
  static OptionalLong word(String text, int word) {
    int at = skipBlanks(text, 0);
    for (int i = 0; i < word; i++) {
      at = skipBlanks(text, endOfWord(text, at));
    }
    return numberAt(text, at);
  }

  private static int lineStart(String text, String label) {
    int at = text.indexOf(label);
    while (at > 0 && text.charAt(at - 1) != '\n') {
      at = text.indexOf(label, at + 1);
    }
    return at;
  }

  private static OptionalLong numberAt(String text, int from) {
    int start = skipBlanks(text, from);
    int end = endOfWord(text, start);
    try {
      return scaled(Long.parseLong(text, start, end, 10), text.startsWith(KIBIBYTES, end));
    } catch (NumberFormatException absent) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong scaled(long number, boolean kibibytes) {
    long factor = kibibytes ? BYTES_PER_KIBIBYTE : 1;
    boolean fits = number >= 0 && number <= Long.MAX_VALUE / factor;
    return fits ? OptionalLong.of(number * factor) : OptionalLong.empty();
  }

  private static int skipBlanks(String text, int from) {
    int at = from;
    while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
    }
    return at;
  }

  private static int endOfWord(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) > ' ') {
      at++;
    }
    return at;
  }
}
