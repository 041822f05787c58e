package io.smartops.report.history;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What the model asks of the device and what the device can give.
 *
 * <p>Model FLOPs utilisation: {@code FLOPs per sample · samples/s ÷ peak}, with the peak of all
 * devices together (PaLM, appendix B, arXiv 2204.02311). Work that is done twice, as in a second
 * forward pass, is not counted, so that it lowers the utilisation.
 *
 * @param flopsPerSample of a training step: forward pass and both halves of the backward pass
 * @param peakFlops FLOPs per second of all devices together, by precision
 * @param source where the peak is from, or what is missing
 */
public record Compute(OptionalLong flopsPerSample, Map<String, Double> peakFlops, String source) {

  /** Nothing is known. */
  public static final Compute UNKNOWN =
      new Compute(OptionalLong.empty(), Map.of(), "the model's blocks have not been counted");

  /** The share of the peak in {@code precision} that {@code samplesPerSecond} amounts to. */
  public OptionalDouble utilisation(OptionalDouble samplesPerSecond, String precision) {
    OptionalDouble peak = peak(precision);
    return flopsPerSample.isPresent() && peak.isPresent() && samplesPerSecond.isPresent()
        ? OptionalDouble.of(
            flopsPerSample.getAsLong() * samplesPerSecond.getAsDouble() / peak.getAsDouble())
        : OptionalDouble.empty();
  }

  /** The peak in {@code precision}, if it is known. */
  public OptionalDouble peak(String precision) {
    Double peak = peakFlops.get(precision);
    return peak == null ? OptionalDouble.empty() : OptionalDouble.of(peak);
  }
}
