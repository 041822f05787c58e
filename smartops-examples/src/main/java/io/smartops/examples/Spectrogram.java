package io.smartops.examples;

import java.util.Arrays;
import java.util.Random;
import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * How strong each band of pitch is over time: the logarithm of the power in {@link #BANDS} bands
 * whose width grows with the pitch (the mel scale), in {@link #FRAMES} overlapping frames of a
 * {@link Waveform}, shifted and scaled to mean 0 and variance 1. Thread-safe.
 */
final class Spectrogram {
  static final int BANDS = 40;

  /** Samples of a frame: 32 ms. */
  private static final int FRAME = 256;

  private static final int HOP = FRAME / 2;
  static final int FRAMES = (Waveform.SAMPLES - FRAME) / HOP + 1;

  /** The power of what counts as silence, which has no logarithm. */
  private static final double FLOOR = 1e-4;

  /** The most bands, and the most frames, that are hidden. */
  private static final int MOST_MASKED = 10;

  private static final double[] WINDOW = hann();
  private static final double[][] FILTERS = filters();

  private Spectrogram() {}

  /** The values of band 0 over time, then those of band 1, and so on. */
  static float[] of(float[] waveform) {
    float[] values = new float[BANDS * FRAMES];
    for (int frame = 0; frame < FRAMES; frame++) {
      double[] power = power(waveform, frame * HOP);
      for (int band = 0; band < BANDS; band++) {
        values[band * FRAMES + frame] = (float) Math.log(dot(FILTERS[band], power) + FLOOR);
      }
    }
    return standardised(values);
  }

  /**
   * Hides a random run of bands and one of frames, so that a model learns not to rely on any.
   * Source: Park et al., "SpecAugment", 2019.
   */
  static float[] masked(float[] spectrogram, Random random) {
    int bands = random.nextInt(MOST_MASKED + 1);
    int firstBand = random.nextInt(BANDS - bands + 1);
    int frames = random.nextInt(MOST_MASKED + 1);
    int firstFrame = random.nextInt(FRAMES - frames + 1);
    for (int band = 0; band < BANDS; band++) {
      boolean whole = band >= firstBand && band < firstBand + bands;
      int from = band * FRAMES + (whole ? 0 : firstFrame);
      Arrays.fill(spectrogram, from, from + (whole ? FRAMES : frames), 0);
    }
    return spectrogram;
  }

  private static double[] power(float[] waveform, int start) {
    double[][] complex = new double[2][FRAME];
    for (int i = 0; i < FRAME; i++) {
      complex[0][i] = WINDOW[i] * waveform[start + i];
    }
    FastFourierTransformer.transformInPlace(
        complex, DftNormalization.STANDARD, TransformType.FORWARD);
    double[] power = new double[FRAME / 2 + 1];
    for (int i = 0; i < power.length; i++) {
      power[i] = complex[0][i] * complex[0][i] + complex[1][i] * complex[1][i];
    }
    return power;
  }

  private static float[] standardised(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    double variance = 0;
    for (float value : values) {
      variance += (value - mean) * (value - mean) / values.length;
    }
    double scale = 1 / Math.sqrt(variance + FLOOR);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((values[i] - mean) * scale);
    }
    return values;
  }

  private static double[] hann() {
    double[] window = new double[FRAME];
    Arrays.setAll(window, i -> 0.5 - 0.5 * Math.cos(2 * Math.PI * i / FRAME));
    return window;
  }

  /** A triangle a band, evenly spaced on the mel scale from 0 to half the sampling rate. */
  private static double[][] filters() {
    double top = mel(Waveform.RATE / 2.0);
    double[][] filters = new double[BANDS][FRAME / 2 + 1];
    for (int band = 0; band < BANDS; band++) {
      for (int i = 0; i <= FRAME / 2; i++) {
        double position = mel((double) i * Waveform.RATE / FRAME) / top * (BANDS + 1);
        filters[band][i] = Math.max(0, 1 - Math.abs(position - (band + 1)));
      }
    }
    return filters;
  }

  private static double mel(double hertz) {
    return 2595 * Math.log10(1 + hertz / 700);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
