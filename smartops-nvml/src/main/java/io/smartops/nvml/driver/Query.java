package io.smartops.nvml.driver;

import io.smartops.nvml.reading.FieldRequest;
import io.smartops.nvml.reading.FieldValue;
import io.smartops.nvml.reading.GpuProcess;
import io.smartops.nvml.reading.ProcessKind;
import io.smartops.nvml.reading.ProcessUtilization;
import io.smartops.nvml.reading.Reading;
import io.smartops.nvml.reading.Sample;
import io.smartops.nvml.reading.SampleType;
import java.util.List;

/**
 * A question to NVML, with the type of its answer. Immutable.
 *
 * @param <T> type of the answer
 */
public sealed interface Query<T> {

  /** The function's name without a version suffix, as {@code nvmlDeviceGetMemoryInfo}. */
  String symbol();

  /** Lets the responder's method for this kind of query answer. */
  Reading<T> ask(Responder responder, long handle);

  /** Name for messages, scripted faults and profiles: the symbol, with arguments if there are. */
  default String key() {
    return symbol();
  }

  /**
   * A function that fills numbers: pointers to numbers, or one structure.
   *
   * @param symbol name without version
   * @param key the symbol, with arguments if there are
   * @param onDevice whether the first argument is the device
   * @param arguments integers between device and results
   * @param signatures ways to call it, newest first
   */
  record Numbers<T>(
      String symbol,
      String key,
      boolean onDevice,
      List<Long> arguments,
      List<Signature<T>> signatures)
      implements Query<T> {
    public Numbers {
      arguments = List.copyOf(arguments);
      signatures = List.copyOf(signatures);
    }

    @Override
    public Reading<T> ask(Responder responder, long handle) {
      return responder.numbers(handle, this);
    }
  }

  /** A function that fills a string of at most {@code capacity} bytes, its end included. */
  record Text(String symbol, boolean onDevice, int capacity) implements Query<String> {
    @Override
    public Reading<String> ask(Responder responder, long handle) {
      return responder.text(handle, this);
    }
  }

  /** A function that finds the handle for a string. */
  record Lookup(String symbol, List<String> versions, String text) implements Query<Long> {
    public Lookup {
      versions = List.copyOf(versions);
    }

    @Override
    public Reading<Long> ask(Responder responder, long handle) {
      return responder.lookup(this);
    }
  }

  /** Processes with a context on the device. */
  record Processes(ProcessKind kind) implements Query<List<GpuProcess>> {
    @Override
    public String symbol() {
      return switch (kind) {
        case COMPUTE -> "nvmlDeviceGetComputeRunningProcesses";
        case GRAPHICS -> "nvmlDeviceGetGraphicsRunningProcesses";
        case MPS_COMPUTE -> "nvmlDeviceGetMPSComputeRunningProcesses";
      };
    }

    @Override
    public Reading<List<GpuProcess>> ask(Responder responder, long handle) {
      return responder.processes(handle, this);
    }
  }

  /** What processes used since a time of the driver's clock. */
  record ProcessUtilizations(long sinceMicros) implements Query<List<ProcessUtilization>> {
    @Override
    public String symbol() {
      return "nvmlDeviceGetProcessUtilization";
    }

    @Override
    public Reading<List<ProcessUtilization>> ask(Responder responder, long handle) {
      return responder.processUtilization(handle, this);
    }
  }

  /** The driver's buffer of samples since a time of the driver's clock. */
  record Samples(SampleType type, long sinceMicros) implements Query<List<Sample>> {
    @Override
    public String symbol() {
      return "nvmlDeviceGetSamples";
    }

    @Override
    public Reading<List<Sample>> ask(Responder responder, long handle) {
      return responder.samples(handle, this);
    }
  }

  /** Several fields in one call. */
  record Fields(List<FieldRequest> requests) implements Query<List<FieldValue>> {
    public Fields {
      requests = List.copyOf(requests);
    }

    @Override
    public String symbol() {
      return "nvmlDeviceGetFieldValues";
    }

    @Override
    public Reading<List<FieldValue>> ask(Responder responder, long handle) {
      return responder.fields(handle, this);
    }
  }
}
