package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.control.LearningRateRule;
import java.lang.reflect.Constructor;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A trainer for two devices. The second is a stand-in: a device object that DJL takes for another
 * one, while all arrays lie on the CPU. So the batch is split in two shares, each parameter has two
 * replicas and the executor runs the shares in parallel, as with two GPUs; but both shares are
 * computed from the first replica. What two real devices do beyond that is not shown here.
 */
class SeveralDevicesTest {
  private static final int BATCH = 32;
  private static final int FEATURES = 6;
  private static final int CLASSES = 3;
  private static final int STEPS = 6;
  private static final SmartOpsConfig WHOLE =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(BATCH).build();
  private static final SmartOpsConfig SPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(4).build();

  /** Which arrivals at a phase fail: in either share, once twice in a row. */
  private static final Set<Integer> FAILURES = Set.of(0, 1, 6);

  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  /** DJL compares devices by hash first, so a CPU with another number passes for another device. */
  private static Device standIn() {
    try {
      Constructor<Device> constructor =
          Device.class.getDeclaredConstructor(String.class, int.class);
      constructor.setAccessible(true);
      return constructor.newInstance(Device.Type.CPU, 1);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DJL's Device has changed", e);
    }
  }

  /** What happens at one step. */
  private interface Action {
    void step(Trainer trainer, Batch batch, int index);
  }

  private List<float[]> train(
      boolean parallel,
      BiFunction<Model, DefaultTrainingConfig, Trainer> factory,
      Action action,
      TrainingListener... listeners) {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    try (Model model = Model.newInstance("two devices", Device.cpu(), "PyTorch")) {
      model.setBlock(Scenarios.mlpBlock(FEATURES, CLASSES));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
              .optOptimizer(Scenario.sgd().get())
              .optDevices(new Device[] {Device.cpu(), standIn()})
              .addTrainingListeners(listeners);
      if (parallel) {
        config.optExecutorService(threads);
      }
      try (Trainer trainer = factory.apply(model, config)) {
        trainer.initialize(new Shape(BATCH, FEATURES));
        for (int i = 0; i < STEPS; i++) {
          try (Batch batch = Scenarios.samples(trainer.getManager(), BATCH, FEATURES, CLASSES, i)) {
            action.step(trainer, batch, i);
          }
        }
        return Scenario.parameters(model.getBlock());
      }
    }
  }

  private static void easyTrain(Trainer trainer, Batch batch, int index) {
    EasyTrain.trainBatch(trainer, batch);
    trainer.step();
  }

  private static void trainBatch(Trainer trainer, Batch batch, int index) {
    float loss = ((AdaptiveTrainer) trainer).trainBatch(batch).getFloat();
    assertThat(loss).isPositive();
    trainer.step();
  }

  private static BiFunction<Model, DefaultTrainingConfig, Trainer> smart(
      SmartOpsConfig options, Checkpoints checkpoints) {
    return (model, config) -> AdaptiveTrainer.create(model, config, options, checkpoints);
  }

  /** Plain DJL without an executor: with one it does not wait for its shares. */
  private List<float[]> plain() {
    return train(false, Model::newTrainer, SeveralDevicesTest::easyTrain);
  }

  private static void assertClose(List<float[]> expected, List<float[]> actual) {
    assertThat(
            Scenario.relativeDifference(
                new Scenario.Result(expected, List.of()), new Scenario.Result(actual, List.of())))
        .isLessThan(1e-5);
  }

  @Test
  void sharesInSequenceAreThoseOfPlainDjl() {
    List<float[]> plain = plain();
    for (Action action :
        List.<Action>of(SeveralDevicesTest::easyTrain, SeveralDevicesTest::trainBatch)) {
      assertThat(train(false, smart(WHOLE, Checkpoints.NONE), action))
          .usingRecursiveComparison()
          .isEqualTo(plain);
      assertClose(plain, train(false, smart(SPLIT, Checkpoints.NONE), action));
    }
  }

  @Test
  void sharesInParallelAreJoined() {
    List<float[]> plain = plain();
    for (Action action :
        List.<Action>of(SeveralDevicesTest::easyTrain, SeveralDevicesTest::trainBatch)) {
      assertClose(plain, train(true, smart(WHOLE, Checkpoints.NONE), action));
      assertClose(plain, train(true, smart(SPLIT, Checkpoints.NONE), action));
    }
  }

  @Test
  void aShareThatRunsOutOfMemoryIsReplayed() {
    List<float[]> plain = plain();
    for (Phase phase : List.of(Phase.FORWARD, Phase.LOSS, Phase.BACKWARD)) {
      AtomicInteger reached = new AtomicInteger();
      Checkpoints failing =
          (at, index) -> {
            if (at == phase && FAILURES.contains(reached.getAndIncrement())) {
              throw new EngineException("DefaultCPUAllocator: can't allocate memory");
            }
          };
      assertClose(plain, train(true, smart(WHOLE, failing), SeveralDevicesTest::easyTrain));
      assertThat(reached.get()).isGreaterThan(Collections.max(FAILURES));
    }
  }

  /** The failure comes out of the loop's own call, nothing is left open, and training goes on. */
  @Test
  void aShareThatFailsIsReported() {
    for (Action action :
        List.<Action>of(SeveralDevicesTest::easyTrain, SeveralDevicesTest::trainBatch)) {
      AtomicInteger forwards = new AtomicInteger();
      Checkpoints failing =
          (phase, index) -> {
            if (phase == Phase.FORWARD && forwards.incrementAndGet() == 2) {
              throw new IllegalArgumentException("the second share is broken");
            }
          };
      Action brokenFirst =
          (trainer, batch, index) -> {
            if (index == 0) {
              assertThatThrownBy(() -> action.step(trainer, batch, index))
                  .isInstanceOf(IllegalArgumentException.class)
                  .hasMessage("the second share is broken");
              trainer.newGradientCollector().close();
              BadInputTest.clearGradients(trainer); // the other share's, which went well
            }
            action.step(trainer, batch, index);
          };
      assertClose(plain(), train(true, smart(WHOLE, failing), brokenFirst));
    }
  }

  @Test
  void validationIsJoinedBeforeListenersHearOfIt() {
    AtomicInteger heard = new AtomicInteger();
    TrainingListener listener =
        new TrainingListenerAdapter() {
          @Override
          public void onValidationBatch(Trainer trainer, BatchData data) {
            assertThat(data.getPredictions()).isNotEmpty();
            heard.incrementAndGet();
          }
        };
    AtomicInteger evaluations = new AtomicInteger();
    Checkpoints counting = (phase, index) -> evaluations.incrementAndGet();
    train(true, smart(WHOLE, counting), (t, b, i) -> EasyTrain.validateBatch(t, b), listener);
    assertThat(heard).hasValue(STEPS);
    assertThat(evaluations).hasValue(2 * STEPS);
  }

  @Test
  void validationThatFailsIsReported() {
    Checkpoints failing =
        (phase, index) -> {
          throw new IllegalArgumentException("cannot evaluate");
        };
    Action action =
        (trainer, batch, index) ->
            assertThatThrownBy(() -> EasyTrain.validateBatch(trainer, batch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cannot evaluate");
    train(true, smart(WHOLE, failing), action);
  }

  @Test
  void updatesOfSeveralBatchesAreRefused() {
    SmartOpsConfig options =
        SmartOpsConfig.builder().optAmplify(64, LearningRateRule.LINEAR).build();
    try (Model model = Model.newInstance("two devices", Device.cpu(), "PyTorch")) {
      model.setBlock(new SequentialBlock());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.l2Loss())
              .optDevices(new Device[] {Device.cpu(), standIn()});
      assertThatThrownBy(() -> SmartOps.trainer(model, config, options))
          .hasMessageContaining("optAmplify works on one device");
    }
  }
}
