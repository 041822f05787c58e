package io.smartops.benchmarks.bundle;

import java.util.List;
import java.util.Optional;

/** The stages of a check, printed before each begins: the last one printed is where it died. */
final class Stages {
  private static final String PREFIX = "stage: ";

  /** Announces a stage. */
  void begin(String stage) {
    System.out.println(PREFIX + stage);
    System.out.flush();
  }

  /** The last stage that the output of a process announced. */
  static Optional<String> last(List<String> output) {
    return output.stream()
        .filter(line -> line.startsWith(PREFIX))
        .map(line -> line.substring(PREFIX.length()))
        .reduce((first, second) -> second);
  }
}
