package io.smartops.nvml.jna;

import io.smartops.nvml.driver.Query;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.util.function.Supplier;

/** Turns return codes into readings. */
final class Answers {
  private Answers() {}

  static <T> Reading<T> of(int code, Query<T> query, Supplier<T> value) {
    return of(code, query.key(), value);
  }

  static <T> Reading<T> of(int code, String subject, Supplier<T> value) {
    return code == NvmlStatus.SUCCESS.code()
        ? Reading.of(value.get())
        : Reading.absent(NvmlStatus.of(code), subject);
  }

  static <T> Reading<T> missing(String subject) {
    return Reading.absent(NvmlStatus.FUNCTION_NOT_FOUND, subject);
  }
}
