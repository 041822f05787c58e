package io.smartops.examples;

/**
 * Characters as a language model's tokens: printable ASCII, a mark for the start and the end of a
 * piece, and one that only fills.
 */
final class Characters {
  /** Fills what a piece leaves of its row; never a target. */
  static final int PADDING = 0;

  /** Before the first and after the last character. */
  static final int EDGE = 1;

  private static final int FIRST = 2;
  private static final char LOWEST = ' ';
  private static final char HIGHEST = '~';

  /** Number of tokens. */
  static final int COUNT = FIRST + HIGHEST - LOWEST + 1;

  /** Tokens of a row: a longest piece and the mark at its edge. */
  static final int ROW = MobyDick.LENGTH + 1;

  private Characters() {}

  /** What the model reads: the edge, then the characters, then padding. */
  static long[] inputs(String piece) {
    long[] row = new long[ROW];
    row[0] = EDGE;
    for (int i = 0; i < piece.length(); i++) {
      row[i + 1] = token(piece.charAt(i));
    }
    return row;
  }

  /** What comes next at each place: the characters, then the edge, then padding. */
  static long[] targets(String piece) {
    long[] row = new long[ROW];
    for (int i = 0; i < piece.length(); i++) {
      row[i] = token(piece.charAt(i));
    }
    row[piece.length()] = EDGE;
    return row;
  }

  /** The token of a character. */
  static int token(char character) {
    if (character < LOWEST || character > HIGHEST) {
      throw new IllegalArgumentException("'%c' is not printable ASCII".formatted(character));
    }
    return FIRST + character - LOWEST;
  }

  /** The character of a token that stands for one. */
  static char character(int token) {
    return (char) (LOWEST + token - FIRST);
  }

  /** Whether a token stands for a character. */
  static boolean isCharacter(int token) {
    return token >= FIRST;
  }
}
