package io.smartops.nvml.jna;

import io.smartops.nvml.driver.Query;
import io.smartops.nvml.driver.Signature;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.List;
import java.util.Optional;

/**
 * Calls the functions of the query tables as their signatures say.
 *
 * <p>Falls back to the next older signature where a symbol is missing, and where the driver exports
 * it but refuses the structure's version. Thread-safe.
 */
final class NumberCalls {
  private final NvmlLibrary library;

  NumberCalls(NvmlLibrary library) {
    this.library = library;
  }

  <T> Reading<T> read(long handle, Query.Numbers<T> query) {
    Reading<T> reading = Answers.missing(query.symbol());
    for (Signature<T> signature : query.signatures()) {
      reading = call(handle, query, signature);
      if (!mayFallBack(reading.status())) {
        return reading;
      }
    }
    return reading;
  }

  /** A version mismatch, too, may be mended by an older structure. */
  static boolean mayFallBack(NvmlStatus status) {
    return status == NvmlStatus.FUNCTION_NOT_FOUND
        || status == NvmlStatus.ARGUMENT_VERSION_MISMATCH;
  }

  private <T> Reading<T> call(long handle, Query.Numbers<T> query, Signature<T> signature) {
    Optional<NativeFunction> function = library.find(signature.symbol());
    if (function.isEmpty()) {
      return Answers.missing(query.key());
    }
    NativeBuffer results = NativeBuffer.scratch(signature.bytes());
    signature.version().ifPresent(word -> results.putInt(0, word));
    int code = function.get().call(arguments(handle, query, signature, results.address()));
    return code == NvmlStatus.SUCCESS.code()
        ? signature.decoder().decode(numbers(results, signature))
        : absent(code, query.key());
  }

  /** A code that has no name here brings the driver's own words. */
  private <T> Reading<T> absent(int code, String subject) {
    NvmlStatus status = NvmlStatus.of(code);
    String words = status.code() == code ? "" : ", code " + code + ": " + library.words(code);
    return Reading.absent(status, subject + words);
  }

  private static long[] arguments(
      long handle, Query.Numbers<?> query, Signature<?> signature, long address) {
    int first = query.onDevice() ? 1 : 0;
    int given = first + query.arguments().size() + signature.fixedArguments().size();
    long[] arguments = new long[given + signature.pointers().size()];
    int next = 0;
    if (query.onDevice()) {
      arguments[next++] = handle;
    }
    for (long argument : query.arguments()) {
      arguments[next++] = argument;
    }
    for (long argument : signature.fixedArguments()) {
      arguments[next++] = argument;
    }
    for (int offset : signature.pointers()) {
      arguments[next++] = address + offset;
    }
    return arguments;
  }

  private static long[] numbers(NativeBuffer results, Signature<?> signature) {
    List<Signature.Field> fields = signature.fields();
    long[] numbers = new long[fields.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = results.get(fields.get(i));
    }
    return numbers;
  }
}
