package io.smartops.nvml.reading;

import java.util.Arrays;

/** An enum constant that stands for a number of nvml.h. */
public interface NvmlCode {

  /** The number. */
  int code();

  /** The constant of {@code code}, or an absence that names {@code subject}. */
  static <E extends Enum<E> & NvmlCode> Reading<E> decode(
      Class<E> type, long code, String subject) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.code() == code)
        .findFirst()
        .map(Reading::of)
        .orElseGet(() -> Reading.absent(NvmlStatus.UNKNOWN, subject + " gave code " + code));
  }
}
