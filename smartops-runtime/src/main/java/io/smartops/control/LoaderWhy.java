package io.smartops.control;

import java.util.Map;
import java.util.TreeMap;

/**
 * Why something is changed.
 *
 * @param words a short sentence without a full stop
 * @param figures the figures of that moment
 */
record LoaderWhy(String words, Map<String, Double> figures) {

  static LoaderWhy of(LoaderWindow window, String words) {
    Map<String, Double> figures = new TreeMap<>();
    figures.put("waitShare", window.waitShare());
    figures.put("buildMillis", window.medianBuildNanos() / 1e6);
    figures.put("stepMillis", window.medianStepNanos() / 1e6);
    figures.put("busyCoresPerWorker", window.cpuShare());
    figures.put("batchBytes", (double) window.largestBytes());
    return new LoaderWhy(words, figures);
  }
}
