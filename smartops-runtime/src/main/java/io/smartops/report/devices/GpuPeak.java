package io.smartops.report.devices;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Dense peaks of GPUs by name, in TFLOP/s: the makers' figures for float32 outside of tensor cores
 * (which is what libtorch computes unless told otherwise) and for 16 bits in them. GeForce figures
 * are for float32 accumulation.
 *
 * @param words what the name holds, all of them, in capitals
 * @param float32 TFLOP/s
 * @param float16 TFLOP/s
 * @param bfloat16 TFLOP/s; 0 for a card without it
 */
record GpuPeak(List<String> words, double float32, double float16, double bfloat16) {
  private static final double TERA = 1e12;

  /** More particular names first. */
  private static final List<GpuPeak> CARDS =
      List.of(
          new GpuPeak(List.of("H100", "PCIE"), 51.2, 756, 756),
          new GpuPeak(List.of("H100"), 67, 989.5, 989.5),
          new GpuPeak(List.of("H200"), 67, 989.5, 989.5),
          new GpuPeak(List.of("B200"), 75, 2250, 2250),
          new GpuPeak(List.of("A100"), 19.5, 312, 312),
          new GpuPeak(List.of("V100", "SXM"), 15.7, 125, 0),
          new GpuPeak(List.of("L40S"), 91.6, 362, 362),
          new GpuPeak(List.of("RTX 4090"), 82.6, 165, 165),
          new GpuPeak(List.of("RTX 3090"), 35.6, 71, 71),
          new GpuPeak(List.of(" A10"), 31.2, 125, 125),
          new GpuPeak(List.of(" L4"), 30.3, 121, 121),
          new GpuPeak(List.of("T4"), 8.1, 65, 0));

  /** FLOPs per second by precision; empty for a card that is not in the table. */
  static Optional<Map<String, Double>> of(String name) {
    String capitals = name.toUpperCase(Locale.ROOT) + " ";
    return CARDS.stream().filter(card -> card.matches(capitals)).findFirst().map(GpuPeak::flops);
  }

  private boolean matches(String name) {
    return words.stream().allMatch(word -> holdsWord(name, word));
  }

  /** A10 must not match A100, nor L4 L40S; "A100-SXM4" holds the word A100. */
  private static boolean holdsWord(String name, String word) {
    int at = name.indexOf(word);
    while (at >= 0) {
      char after = name.charAt(Math.min(name.length() - 1, at + word.length()));
      if (!Character.isLetterOrDigit(after) || "SXM".equals(word)) {
        return true;
      }
      at = name.indexOf(word, at + 1);
    }
    return false;
  }

  private Map<String, Double> flops() {
    Map<String, Double> flops = new LinkedHashMap<>();
    flops.put("float32", float32 * TERA);
    flops.put("float16", float16 * TERA);
    if (bfloat16 > 0) {
      flops.put("bfloat16", bfloat16 * TERA);
    }
    return Map.copyOf(flops);
  }
}
