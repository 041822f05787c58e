package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.smartops.control.LearntMemory;
import io.smartops.control.Precision;
import io.smartops.warm.PlanCache;
import io.smartops.warm.PlanKey;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What earlier runs of a model have learnt, and where this run's goes.
 *
 * <p>Not thread-safe: each {@link Lane} has its own.
 */
final class WarmStart {
  private final PlanCache cache;
  private final Model model;
  private final Device device;
  private Optional<PlanKey> key = Optional.empty();

  WarmStart(PlanCache cache, Model model, Device device) {
    this.cache = cache;
    this.model = model;
    this.device = device;
  }

  /** What an earlier run has learnt of batches in float32. */
  LearntMemory learnt() {
    if (!model.getBlock().isInitialized()) {
      return LearntMemory.NONE;
    }
    PlanKey found = new PlanKey(description());
    key = Optional.of(found);
    return cache.read(found);
  }

  /** Keeps what this run has learnt of batches in float32. */
  void keep(LearntMemory learnt) {
    key.ifPresent(k -> cache.write(k, learnt));
  }

  /**
   * Parameters have random identifiers, so they are told by their names in the model, and blocks by
   * their classes: a block's own description runs its lambdas on arrays as large as the batch.
   */
  private String description() {
    Block block = model.getBlock();
    return "%s\nin %s on %s (%s, %d processors)\ninputs %s\nparameters %s"
        .formatted(
            tree(block),
            Precision.FP32.label(),
            device,
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors(),
            block.describeInput().values().stream()
                .map(WarmStart::withoutBatch)
                .collect(Collectors.joining(", ")),
            block.getParameters().stream()
                .map(WarmStart::describe)
                .collect(Collectors.joining(", ")));
  }

  private static String tree(Block block) {
    String children =
        block.getChildren().values().stream()
            .map(WarmStart::tree)
            .collect(Collectors.joining(", "));
    return "%s(%s)".formatted(block.getClass().getName(), children);
  }

  private static String withoutBatch(Shape shape) {
    return (shape.dimension() > 0 ? shape.slice(1) : shape).toString();
  }

  private static String describe(Pair<String, Parameter> named) {
    Parameter parameter = named.getValue();
    return "%s %s%s"
        .formatted(
            named.getKey(), parameter.getShape(), parameter.requiresGradient() ? "" : " fixed");
  }
}
