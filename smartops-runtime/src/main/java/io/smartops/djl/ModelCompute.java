package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import io.smartops.control.Precision;
import io.smartops.report.Watch;
import io.smartops.report.history.Compute;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What a model asks of its devices, and what they can give. */
final class ModelCompute {
  private static final double GIGA = 1e9;
  private static final String FLOAT32 = Precision.FP32.label();

  private ModelCompute() {}

  /** Never fails: a block that cannot be counted must not stop a training. */
  static Compute of(Model model, Device[] devices, Watch watch, Shape... inputs) {
    try {
      return count(model, devices, watch, inputs);
    } catch (RuntimeException e) {
      return new Compute(OptionalLong.empty(), Map.of(), "the blocks cannot be counted: " + e);
    }
  }

  private static Compute count(Model model, Device[] devices, Watch watch, Shape... inputs) {
    OptionalLong flops = FlopCount.perSample(model.getBlock(), inputs);
    if (flops.isEmpty()) {
      return new Compute(flops, Map.of(), "no block of the model can be counted");
    }
    return devices[0].isGpu() ? onGpus(flops, devices, watch) : onProcessor(flops, model);
  }

  private static Compute onProcessor(OptionalLong flops, Model model) {
    return onProcessor(flops, ProcessorPeak.measure(model.getNDManager()));
  }

  private static Compute onProcessor(OptionalLong flops, double peak) {
    return new Compute(
        flops,
        Map.of(FLOAT32, peak, Precision.FP32_CHANNELS_LAST.label(), peak),
        "the float32 peak of this processor was measured as %.0f GFLOP/s".formatted(peak / GIGA));
  }

  /**
   * The same with a processor's peak measured once more, and the higher of both: in a program's
   * first seconds the JVM's compiler holds one of the cores.
   */
  static Compute again(Compute before, Model model) {
    OptionalDouble first = before.peak(FLOAT32);
    if (first.isEmpty()) {
      return before;
    }
    try {
      double peak = Math.max(first.getAsDouble(), ProcessorPeak.measure(model.getNDManager()));
      return onProcessor(before.flopsPerSample(), peak);
    } catch (RuntimeException e) { // no memory, or the model is closed: a trainer must close
      return before;
    }
  }

  /** The peak of all; none if one of the cards is not in the table. */
  private static Compute onGpus(OptionalLong flops, Device[] devices, Watch watch) {
    Map<String, Double> sum = new HashMap<>(watch.gpuPeakFlops(devices[0].getDeviceId()));
    for (int i = 1; i < devices.length; i++) {
      Map<String, Double> peak = watch.gpuPeakFlops(devices[i].getDeviceId());
      sum.keySet().retainAll(peak.keySet());
      sum.replaceAll((precision, flopsSoFar) -> flopsSoFar + peak.getOrDefault(precision, 0.0));
    }
    return new Compute(
        flops,
        sum,
        sum.isEmpty()
            ? "the peak of this card is not in the table"
            : "the dense peak is the maker's figure");
  }
}
