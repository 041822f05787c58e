package io.smartops.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * The bundled novel, cut into pieces of at most {@link #LENGTH} characters: sentences, and parts of
 * long ones. Every tenth chapter is for the test.
 */
final class MobyDick {
  /** The most characters of a piece. */
  static final int LENGTH = 63;

  private static final String RESOURCE = "text/moby-dick.txt.gz";
  private static final String CHAPTER = "CHAPTER ";
  private static final int TEST_EVERY = 10;

  private MobyDick() {}

  /** The pieces of the chapters to train on, or to test on. */
  static List<String> pieces(boolean test) throws IOException {
    List<String> pieces = new ArrayList<>();
    int chapter = 0;
    for (String paragraph : paragraphs()) {
      if (paragraph.startsWith(CHAPTER)) {
        chapter++;
      }
      if ((chapter % TEST_EVERY == 0) == test) {
        for (String sentence : paragraph.split("(?<=[.!?;]) ", -1)) {
          cut(sentence, pieces);
        }
      }
    }
    return pieces;
  }

  private static void cut(String sentence, List<String> pieces) {
    String rest = sentence;
    while (rest.length() > LENGTH) {
      int space = rest.lastIndexOf(' ', LENGTH);
      int end = space > 0 ? space : LENGTH;
      pieces.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    if (!rest.isEmpty()) {
      pieces.add(rest);
    }
  }

  private static List<String> paragraphs() throws IOException {
    InputStream resource = MobyDick.class.getResourceAsStream(RESOURCE);
    if (resource == null) {
      throw new NoSuchFileException(RESOURCE + " is missing from smartops-examples");
    }
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(resource), StandardCharsets.US_ASCII))) {
      return lines.lines().toList();
    }
  }
}
