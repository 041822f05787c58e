package io.smartops.replay;

import io.smartops.control.tape.Signal;
import java.util.Locale;
import java.util.OptionalLong;

/** What a signal says. */
final class SignalWords {
  private SignalWords() {}

  static String of(Signal signal) {
    if (signal instanceof Signal.BatchBegan began) {
      return "a batch of %d samples began, with %s free"
          .formatted(began.samples(), bytes(began.headroomBytes()));
    }
    if (signal instanceof Signal.HeadroomRead read) {
      return "%s were free between two micro-batches".formatted(bytes(read.headroomBytes()));
    }
    if (signal instanceof Signal.WholeReckoned reckoned) {
      return reckoned.needsBytes().isPresent()
          ? "a batch in one piece takes %s with its loss, and may take %s"
              .formatted(bytes(reckoned.needsBytes()), megabytes((double) reckoned.roomBytes()))
          : "a batch in one piece takes no more than its micro-batch";
    }
    if (signal instanceof Signal.StartedWith started) {
      return "micro-batches of %d were fastest in float32".formatted(started.samples());
    }
    if (signal instanceof Signal.MicroBatchDone done) {
      return "%d samples went through%s%s"
          .formatted(
              done.samples(),
              done.nanos() > 0 ? " in %.2f ms".formatted(done.nanos() / 1e6) : "",
              done.growthBytes().isPresent()
                  ? " and took " + bytes(done.growthBytes())
                  : "; what they took was not measured");
    }
    if (signal instanceof Signal.BatchDone done) {
      return "the batch took %.2f ms in all".formatted(done.nanos() / 1e6);
    }
    if (signal instanceof Signal.SpeedGivenUp) {
      return "the batch cannot be split, so that speed is not looked for any more";
    }
    if (signal instanceof Signal.RanOutOfMemory failed) {
      return "%d samples ran out of memory, with %s free when they began"
          .formatted(failed.samples(), bytes(failed.headroomBytes()));
    }
    if (signal instanceof Signal.BatchPlanned planned) {
      return "the batch was planned in micro-batches of %d, of %d wanted"
          .formatted(planned.microBatch(), planned.wanted());
    }
    if (signal instanceof Signal.Compared compared) {
      return "the lower precision's gradient was compared: cosine %.5f%s"
          .formatted(
              compared.agreement().cosine(),
              compared.agreement().finite() ? "" : ", values that are not finite");
    }
    if (signal instanceof Signal.BatchComputed computed) {
      return "%d samples in %s took %.2f ms%s"
          .formatted(
              computed.batch().samples(),
              computed.batch().precision().label(),
              computed.batch().nanos() / 1e6,
              computed.batch().comparable() ? "" : ", not to be compared");
    }
    if (signal instanceof Signal.Delivered delivered) {
      return "the loader delivered after %.2f ms of waiting and %.2f ms of work; the batch took %.2f ms"
          .formatted(
              delivered.delivery().waitNanos() / 1e6,
              delivered.delivery().stepNanos() / 1e6,
              delivered.delivery().build().wallNanos() / 1e6);
    }
    return signal.toString();
  }

  static String megabytes(double bytes) {
    return String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  private static String bytes(OptionalLong bytes) {
    return bytes.isPresent() ? megabytes((double) bytes.getAsLong()) : "an unknown amount";
  }
}
