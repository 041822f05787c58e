package io.smartops.examples;

import java.util.List;

/**
 * The simplest model that reads context: the chance of a character after another is how often it
 * followed there, each pair counted once more than it was seen. A yardstick for language models.
 */
final class BigramModel {
  private final long[][] pairs = new long[Characters.COUNT][Characters.COUNT];
  private final long[] firsts = new long[Characters.COUNT];

  /** A model that has read {@code pieces}. */
  BigramModel(List<String> pieces) {
    for (String piece : pieces) {
      long[] inputs = Characters.inputs(piece);
      long[] targets = Characters.targets(piece);
      for (int i = 0; i <= piece.length(); i++) {
        pairs[(int) inputs[i]][(int) targets[i]]++;
        firsts[(int) inputs[i]]++;
      }
    }
  }

  /** The perplexity of a token of {@code pieces}, padding left out. */
  double perplexity(List<String> pieces) {
    double nats = 0;
    long tokens = 0;
    for (String piece : pieces) {
      long[] inputs = Characters.inputs(piece);
      long[] targets = Characters.targets(piece);
      for (int i = 0; i <= piece.length(); i++) {
        nats -= Math.log(chance((int) inputs[i], (int) targets[i]));
        tokens++;
      }
    }
    return Math.exp(nats / tokens);
  }

  private double chance(int first, int second) {
    return (pairs[first][second] + 1.0) / (firsts[first] + Characters.COUNT);
  }
}
