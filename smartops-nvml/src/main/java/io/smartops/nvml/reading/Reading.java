package io.smartops.nvml.reading;

import java.util.Optional;
import java.util.function.Function;

/**
 * What one question to the driver brought: a value, or the status that says why there is none.
 *
 * <p>There is no sentinel: an absent temperature is never 0, −1 or NaN. Immutable and thread-safe.
 *
 * @param <T> type of the value
 */
public sealed interface Reading<T> {

  /** A value that the driver gave. */
  record Value<T>(T value) implements Reading<T> {
    @Override
    public NvmlStatus status() {
      return NvmlStatus.SUCCESS;
    }

    @Override
    public Optional<T> toOptional() {
      return Optional.of(value);
    }

    @Override
    public <R> Reading<R> map(Function<? super T, ? extends R> function) {
      return new Value<>(function.apply(value));
    }

    @Override
    public <R> Reading<R> flatMap(Function<? super T, Reading<R>> function) {
      return function.apply(value);
    }

    @Override
    public String toString() {
      return value.toString();
    }
  }

  /**
   * A value that could not be had.
   *
   * @param status why, never {@link NvmlStatus#SUCCESS}
   * @param subject the function or thing that was asked, for messages
   */
  record Absent<T>(NvmlStatus status, String subject) implements Reading<T> {
    public Absent {
      if (status == NvmlStatus.SUCCESS) {
        throw new IllegalArgumentException("status of an absent reading must not be SUCCESS");
      }
    }

    @Override
    public Optional<T> toOptional() {
      return Optional.empty();
    }

    @Override
    public <R> Reading<R> map(Function<? super T, ? extends R> function) {
      return new Absent<>(status, subject);
    }

    @Override
    public <R> Reading<R> flatMap(Function<? super T, Reading<R>> function) {
      return new Absent<>(status, subject);
    }

    @Override
    public String toString() {
      return status + " (" + subject + ")";
    }
  }

  /** A reading that holds {@code value}. */
  static <T> Reading<T> of(T value) {
    return new Value<>(value);
  }

  /** A reading that failed with {@code status} when {@code subject} was asked. */
  static <T> Reading<T> absent(NvmlStatus status, String subject) {
    return new Absent<>(status, subject);
  }

  /** {@link NvmlStatus#SUCCESS} exactly where there is a value. */
  NvmlStatus status();

  /** The value, or empty. */
  Optional<T> toOptional();

  /** The reading of the function of the value; the same absence otherwise. */
  <R> Reading<R> map(Function<? super T, ? extends R> function);

  /** Like {@link #map}, for a function that may itself find no value. */
  <R> Reading<R> flatMap(Function<? super T, Reading<R>> function);

  /** Whether there is a value. */
  default boolean isPresent() {
    return status() == NvmlStatus.SUCCESS;
  }

  /** The value, or {@code other} where there is none. */
  default T orElse(T other) {
    return toOptional().orElse(other);
  }

  /**
   * The value.
   *
   * @throws NvmlException naming what was asked, the status and the advice, where there is none
   */
  default T orElseThrow() {
    return toOptional().orElseThrow(() -> new NvmlException(status(), toString()));
  }
}
