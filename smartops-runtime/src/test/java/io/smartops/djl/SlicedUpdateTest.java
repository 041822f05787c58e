package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.LocalParameterServer;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Parameters updated slice by slice, or as one slice, against DJL's own update of the whole. */
class SlicedUpdateTest {
  private static final int STEPS = 3;
  private static final Tracker FALLING = count -> 0.1f / count;

  private static final Map<String, Supplier<Optimizer>> OPTIMIZERS =
      Map.of(
          "sgd",
          () -> Optimizer.sgd().setLearningRateTracker(FALLING).optWeightDecays(0.01f).build(),
          "momentum",
          () ->
              Optimizer.sgd()
                  .setLearningRateTracker(FALLING)
                  .optMomentum(0.9f)
                  .optClipGrad(0.5f)
                  .build(),
          "adam",
          () -> Optimizer.adam().optLearningRateTracker(FALLING).optClipGrad(0.5f).build(),
          "adamw",
          () -> Optimizer.adamW().optLearningRateTracker(FALLING).optWeightDecays(0.01f).build());

  /**
   * Not a multiple of a vector's width, nor of a slice's length; one slice a row; one axis; smaller
   * than a slice.
   */
  static Stream<Arguments> cases() {
    return OPTIMIZERS.keySet().stream()
        .flatMap(
            name ->
                Stream.of(
                        new Shape(777, 1_001),
                        new Shape(5, 3, 70_001),
                        new Shape(1, 300_001),
                        new Shape(262_145),
                        new Shape(31, 17),
                        new Shape())
                    .map(shape -> Arguments.of(name, shape)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void givesDjlsBits(String name, Shape shape) {
    List<float[]> djl =
        train(shape, new LocalParameterServer(OPTIMIZERS.get(name).get()), () -> {});
    AtomicInteger slices = new AtomicInteger();
    List<float[]> ours = ours(name, shape, (phase, index) -> slices.incrementAndGet());
    assertSame(ours, djl);
    // One checkpoint before each update, and one within it for each slice.
    boolean isOneSlice = shape.size() * Float.BYTES <= SlicedUpdate.SLICE_BYTES;
    assertThat(slices.get() == 2 * STEPS).isEqualTo(isOneSlice);
  }

  /** Memory runs out after a slice has been changed: in the first update, in others, and twice. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void goesOnWhereItFailed(String name, Shape shape) {
    List<float[]> djl =
        train(shape, new LocalParameterServer(OPTIMIZERS.get(name).get()), () -> {});
    Random random = new Random(20261125);
    AtomicInteger failures = new AtomicInteger();
    List<float[]> ours =
        ours(
            name,
            shape,
            (phase, index) -> {
              if (random.nextInt(3) == 0) {
                failures.incrementAndGet();
                throw new EngineException("DefaultCPUAllocator: can't allocate memory");
              }
            });
    assertSame(ours, djl);
    assertThat(failures.get()).isPositive();
  }

  private static void assertSame(List<float[]> ours, List<float[]> djl) {
    assertThat(ours).hasSameSizeAs(djl);
    for (int i = 0; i < djl.size(); i++) {
      assertThat(Arrays.equals(ours.get(i), djl.get(i))).isTrue();
    }
  }

  private static List<float[]> ours(String name, Shape shape, Checkpoints checkpoints) {
    Optimizer optimizer = OPTIMIZERS.get(name).get();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TransactionalParameterServer server =
          new TransactionalParameterServer(
              optimizer, new OptimizerState(optimizer), manager, checkpoints);
      return train(shape, patient(server), server::end);
    }
  }

  private static ParameterServer patient(TransactionalParameterServer server) {
    return new LocalParameterServer(Optimizer.adam().build()) {
      @Override
      public void update(String parameterId, NDArray[] params) {
        boolean done = false;
        while (!done) {
          try {
            server.update(parameterId, params);
            done = true;
          } catch (EngineException e) {
            assertThat(OutOfMemory.is(e)).isTrue();
          }
        }
      }
    };
  }

  /** The values after each step, and the gradients, which an update sets to zero. */
  private static List<float[]> train(Shape shape, ParameterServer server, Runnable beginStep) {
    List<float[]> values = new ArrayList<>();
    Random random = new Random(7);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray weight = manager.create(values(random, shape), shape).duplicate();
      weight.setRequiresGradient(true);
      for (int step = 0; step < STEPS; step++) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
          collector.backward(weight.mul(manager.create(values(random, shape), shape)).sum());
        }
        beginStep.run();
        server.update("weight", new NDArray[] {weight});
        values.add(weight.toFloatArray());
        values.add(weight.getGradient().toFloatArray());
      }
    }
    return values;
  }

  private static float[] values(Random random, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
