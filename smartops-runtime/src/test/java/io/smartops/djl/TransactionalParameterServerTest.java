package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.LocalParameterServer;
import ai.djl.training.ParameterServer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two replicas of a parameter, as on two devices. Both lie on the CPU, since no second device is to
 * be had here: a stand-in that sums and updates as two devices do, but shares the optimizer's
 * per-device state, in DJL's server as in ours.
 */
class TransactionalParameterServerTest {
  private static final int STEPS = 4;

  static Stream<Arguments> optimizers() {
    Supplier<Optimizer> plain =
        () -> Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
    return Stream.of(
        Arguments.of("sgd", plain),
        Arguments.of("momentum", Scenario.momentum()),
        Arguments.of("adam", Scenario.adam()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void equalsDjlsServer(String name, Supplier<Optimizer> optimizer) {
    List<float[]> djl = train(2, new LocalParameterServer(optimizer.get()), () -> {});
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TransactionalParameterServer ours = server(optimizer.get(), manager, Checkpoints.NONE);
      assertThat(train(2, ours, ours::end)).usingRecursiveComparison().isEqualTo(djl);
    }
  }

  /** The first or the second replica fails; what was begun is undone, and done again. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void equalsDjlsServerThoughReplicasFail(String name, Supplier<Optimizer> optimizer) {
    List<float[]> djl = train(2, new LocalParameterServer(optimizer.get()), () -> {});
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      AtomicInteger updates = new AtomicInteger();
      Checkpoints failing =
          (phase, index) -> {
            int update = updates.getAndIncrement();
            if (Set.of(1, 2, 5, 9, 10).contains(update)) {
              throw new EngineException("DefaultCPUAllocator: can't allocate memory");
            }
          };
      TransactionalParameterServer ours = server(optimizer.get(), manager, failing);
      ParameterServer patient = repeating(ours);
      assertThat(train(2, patient, ours::end)).usingRecursiveComparison().isEqualTo(djl);
      assertThat(updates.get()).isGreaterThan(2 * STEPS);
    }
  }

  /** A checkpoint fails, and the learning rate once as well. */
  @Test
  void equalsDjlsServerThoughTheLearningRateFails() {
    List<float[]> djl = train(1, new LocalParameterServer(tracked(t -> {})), () -> {});
    AtomicInteger rates = new AtomicInteger();
    AtomicInteger updates = new AtomicInteger();
    Optimizer failing = tracked(count -> failAt(rates, 2));
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TransactionalParameterServer ours =
          server(failing, manager, (phase, index) -> failAt(updates, 1));
      assertThat(train(1, repeating(ours), ours::end)).usingRecursiveComparison().isEqualTo(djl);
    }
    assertThat(rates.get()).isEqualTo(STEPS + 2);
  }

  private static void failAt(AtomicInteger calls, int call) {
    if (calls.getAndIncrement() == call) {
      throw new IllegalStateException("once");
    }
  }

  private static Optimizer tracked(IntConsumer beforeRate) {
    Tracker rate =
        count -> {
          beforeRate.accept(count);
          return 0.1f / count;
        };
    return Optimizer.adam().optLearningRateTracker(rate).build();
  }

  private static ParameterServer repeating(TransactionalParameterServer server) {
    return new ParameterServer() {
      @Override
      public void init(String parameterId, NDArray[] value) {}

      @Override
      public void update(String parameterId, NDArray[] grads, NDArray[] params) {
        boolean done = false;
        while (!done) {
          try {
            server.update(parameterId, grads, params);
            done = true;
          } catch (EngineException | IllegalStateException e) {
            assertThat(OutOfMemory.is(e) || e instanceof IllegalStateException).isTrue();
          }
        }
        assertThatNothingIsUpdatedTwice(server, parameterId, grads, params);
      }

      @Override
      public void close() {}
    };
  }

  private static void assertThatNothingIsUpdatedTwice(
      TransactionalParameterServer server, String id, NDArray[] grads, NDArray[] params) {
    float[] before = params[0].toFloatArray();
    server.update(id, grads, params);
    assertThat(params[0].toFloatArray()).isEqualTo(before);
  }

  private static TransactionalParameterServer server(
      Optimizer optimizer, NDManager manager, Checkpoints checkpoints) {
    return new TransactionalParameterServer(
        optimizer, new OptimizerState(optimizer), manager, checkpoints);
  }

  /** Replicas with gradients of their own in each step; their values after each. */
  private static List<float[]> train(int count, ParameterServer server, Runnable beginStep) {
    List<float[]> values = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray[] replicas = new NDArray[count];
      Arrays.setAll(replicas, i -> replica(manager));
      for (int step = 1; step <= STEPS; step++) {
        for (int i = 0; i < replicas.length; i++) {
          addGradient(replicas[i], step * (i + 0.5f));
        }
        beginStep.run();
        server.update("weight", replicas);
        for (NDArray replica : replicas) {
          values.add(replica.toFloatArray());
        }
      }
    }
    return values;
  }

  private static NDArray replica(NDManager manager) {
    NDArray replica = manager.create(new float[] {1, -2, 3}).duplicate();
    replica.setRequiresGradient(true);
    return replica;
  }

  private static void addGradient(NDArray replica, float factor) {
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(replica.square().mul(factor).sum());
    }
  }
}
