package io.smartops.djl;

import ai.djl.ndarray.NDManager;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartOpsConfig;
import io.smartops.loop.RunLog;
import java.util.List;

/** A trainer's adaptive loader. */
final class TrainerData {
  /** Share of the trainer's memory limit that batches may take which are built ahead. */
  private static final long LIMIT_SHARE = 8;

  private TrainerData() {}

  /**
   * Makes the loader; it tells the log what it changes, as of the step that is being computed.
   *
   * @param manager the trainer's manager, whose closing ends every pass
   * @param keepsBits whether an unsplit batch must give what plain DJL gives, bit for bit: a sum
   *     over fewer threads rounds otherwise, so no core is shared then unless the user says so
   */
  static AdaptiveLoader loader(
      NDManager manager, SmartOpsConfig config, RunLog log, boolean keepsBits) {
    SmartLoaderOptions options = config.loader().orElseGet(() -> defaults(config, keepsBits));
    return new AdaptiveLoader(
        manager,
        options,
        decision -> {
          options.decisions().accept(decision);
          log.decided(List.of(decision.atStep(log.step())));
        },
        setup -> log.tape("loader", setup));
  }

  private static SmartLoaderOptions defaults(SmartOpsConfig config, boolean keepsBits) {
    SmartLoaderOptions.Builder options = SmartLoaderOptions.builder().optShareCores(!keepsBits);
    long capBytes = SmartLoaderOptions.builder().build().memoryCapBytes();
    config
        .memoryLimitBytes()
        .ifPresent(
            limit ->
                options.optMemoryCapBytes(Math.max(1, Math.min(capBytes, limit / LIMIT_SHARE))));
    return options.build();
  }
}
