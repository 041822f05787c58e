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
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
    List<float[]> djl = train(new LocalParameterServer(optimizer.get()), () -> {});
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      TransactionalParameterServer ours = server(optimizer.get(), manager, Checkpoints.NONE);
      assertThat(train(ours, ours::end)).usingRecursiveComparison().isEqualTo(djl);
    }
  }

  /** The first or the second replica fails; what was begun is undone, and done again. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void equalsDjlsServerThoughReplicasFail(String name, Supplier<Optimizer> optimizer) {
    List<float[]> djl = train(new LocalParameterServer(optimizer.get()), () -> {});
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      AtomicInteger updates = new AtomicInteger();
      Checkpoints failing =
          (phase, index) -> {
            int update = updates.getAndIncrement();
            if (update == 1 || update == 2 || update == 6) {
              throw new EngineException("DefaultCPUAllocator: can't allocate memory");
            }
          };
      TransactionalParameterServer ours = server(optimizer.get(), manager, failing);
      ParameterServer patient = repeating(ours);
      assertThat(train(patient, ours::end)).usingRecursiveComparison().isEqualTo(djl);
      assertThat(updates.get()).isGreaterThan(2 * STEPS);
    }
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
          } catch (EngineException e) {
            assertThat(OutOfMemory.is(e)).isTrue();
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

  /** Two replicas with gradients of their own in each step; their values after each. */
  private static List<float[]> train(ParameterServer server, Runnable beginStep) {
    List<float[]> values = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDArray[] replicas = {replica(manager), replica(manager)};
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
