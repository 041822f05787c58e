package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import ai.djl.translate.PaddingStackBatchifier;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsException;
import io.smartops.SmartTrainer;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad input gets an exception that names the value and the way out. Afterwards no collector is left
 * open and the trainer goes on as if nothing had happened.
 */
class BadInputTest {
  private static final int SIZE = Scenarios.BATCH;
  private static final SmartOpsConfig AUTO =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();
  private static final SmartOpsConfig FIXED =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(4).build();
  private static final SmartOpsConfig UNSPLIT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(SIZE).build();

  /** Something wrong that is done to a trainer between two good steps. */
  private interface Mistake extends BiConsumer<Trainer, Batch> {}

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(
            "labels of another length, fixed micro-batch",
            FIXED,
            (t, b) -> EasyTrain.trainBatch(t, with(b, b.getData(), shorter(b.getLabels()))),
            SmartOpsException.class,
            "optMicroBatch(4) cannot be kept",
            "data[0] (32, 12)",
            "labels[0] (31)",
            "Leave out optMicroBatch"),
        mistake(
            "two inputs of different lengths, fixed micro-batch",
            FIXED,
            (t, b) ->
                EasyTrain.trainBatch(
                    t, with(b, two(b.getData(), shorter(b.getData())), b.getLabels())),
            SmartOpsException.class,
            "data[0] (32, 12)",
            "data[1] (31, 12)"),
        mistake(
            "no data",
            FIXED,
            (t, b) -> ((SmartTrainer) t).trainBatch(with(b, new NDList(), b.getLabels())),
            IllegalArgumentException.class,
            "the batch has no data arrays"),
        mistake(
            "no data in forward",
            FIXED,
            (t, b) -> inCollector(t, () -> t.forward(new NDList())),
            IllegalArgumentException.class,
            "the batch has no data arrays"),
        mistake(
            "no samples",
            FIXED,
            (t, b) ->
                ((SmartTrainer) t).trainBatch(with(b, none(b.getData()), none(b.getLabels()))),
            IllegalArgumentException.class,
            "(0, 12)"),
        mistake(
            "data on a device that is not the trainer's",
            FIXED,
            (t, b) -> inCollector(t, () -> t.forward(elsewhere(b.getData()))),
            IllegalArgumentException.class,
            "the data is on gpu(7)",
            "the trainer's devices are [cpu()]",
            "optDevices"),
        mistake(
            "backward twice from one loss",
            UNSPLIT,
            BadInputTest::backwardTwice,
            IllegalStateException.class,
            "backward"),
        mistake(
            "backward twice from one loss, split",
            FIXED,
            BadInputTest::backwardTwice,
            IllegalStateException.class,
            "backward"),
        mistake(
            "backward from two losses of one forward",
            FIXED,
            BadInputTest::backwardFromTwoLosses,
            IllegalStateException.class,
            "backward was called twice for the predictions of one forward pass",
            "add the losses"),
        mistake(
            "a closed batch",
            FIXED,
            (t, b) -> {
              Batch closed = with(b, b.getData(), b.getLabels());
              closed.close();
              ((SmartTrainer) t).trainBatch(closed);
            },
            IllegalArgumentException.class,
            "the batch is closed",
            "before batch.close()"),
        mistake(
            "a second collector",
            FIXED,
            (t, b) -> inCollector(t, t::newGradientCollector),
            IllegalStateException.class,
            "already collecting"),
        mistake(
            "a loss that fails",
            FIXED,
            (t, b) ->
                ((SmartTrainer) t)
                    .trainBatch(
                        b,
                        (l, p) -> {
                          throw new IllegalStateException("the loss is broken");
                        }),
            IllegalStateException.class,
            "the loss is broken"),
        mistake(
            "data of a wrong shape",
            FIXED,
            (t, b) ->
                EasyTrain.trainBatch(
                    t, with(b, new NDList(b.getData().head().get(":, :5")), b.getLabels())),
            RuntimeException.class,
            ""));
  }

  private static Arguments mistake(
      String name,
      SmartOpsConfig options,
      Mistake mistake,
      Class<? extends Exception> type,
      String... words) {
    return Arguments.of(name, options, mistake, type, List.of(words));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void saysWhatIsWrongAndGoesOn(
      String name,
      SmartOpsConfig options,
      Mistake mistake,
      Class<? extends Exception> type,
      List<String> words) {
    var plain = Scenarios.mlp().plain(3, ExactnessTest::easyTrain);
    var smart =
        Scenarios.mlp()
            .smart(
                options,
                3,
                (trainer, batch, index) -> {
                  if (index == 1) {
                    var thrown = assertThatThrownBy(() -> mistake.accept(trainer, batch));
                    thrown.isInstanceOf(type);
                    words.forEach(thrown::hasMessageContaining);
                    trainer.newGradientCollector().close();
                  }
                  ExactnessTest.easyTrain(trainer, batch, index);
                });
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  private static Batch with(Batch batch, NDList data, NDList labels) {
    NDManager manager = batch.getManager().newSubManager();
    NDList d = detached(data, manager);
    NDList l = detached(labels, manager);
    return new Batch(manager, d, l, SIZE, Batchifier.STACK, Batchifier.STACK, 0, 0);
  }

  private static NDList detached(NDList list, NDManager manager) {
    return Tensors.detached(list, manager);
  }

  private static NDList shorter(NDList list) {
    return new NDList(list.head().get("0:31"));
  }

  private static NDList none(NDList list) {
    return new NDList(list.head().get("0:0"));
  }

  private static NDList two(NDList a, NDList b) {
    return new NDList(a.head(), b.head());
  }

  /** A stand-in: no second device is to be had here, and only its name is looked at. */
  private static NDList elsewhere(NDList list) {
    NDArray array = list.head();
    return new NDList(
        (NDArray)
            Proxy.newProxyInstance(
                NDArray.class.getClassLoader(),
                new Class<?>[] {NDArray.class},
                (proxy, method, arguments) ->
                    method.getName().equals("getDevice")
                        ? Device.gpu(7)
                        : method.invoke(array, arguments)));
  }

  private static void inCollector(Trainer trainer, Runnable work) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      work.run();
      assertThat(collector).isNull(); // must not be reached
    }
  }

  private static void backwardTwice(Trainer trainer, Batch batch) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData(), batch.getLabels());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions);
      collector.backward(loss);
      try {
        collector.backward(loss);
      } finally {
        clearGradients(trainer);
      }
    }
  }

  private static void backwardFromTwoLosses(Trainer trainer, Batch batch) {
    try (GradientCollector collector = trainer.newGradientCollector()) {
      NDList predictions = trainer.forward(batch.getData(), batch.getLabels());
      NDArray loss = trainer.getLoss().evaluate(batch.getLabels(), predictions);
      NDArray other = predictions.head().square().mean();
      collector.backward(loss);
      try {
        collector.backward(other);
      } finally {
        clearGradients(trainer);
      }
    }
  }

  /** The first backward pass was right and its gradients stay: this test does not want them. */
  static void clearGradients(Trainer trainer) {
    trainer
        .getModel()
        .getBlock()
        .getParameters()
        .values()
        .forEach(p -> Tensors.zeroGradient(p.getArray()));
  }

  @Test
  void stepBeforeBackward() {
    var plain = Scenarios.mlp().plain(2, ExactnessTest::easyTrain);
    var smart =
        Scenarios.mlp()
            .smart(
                FIXED,
                2,
                (trainer, batch, index) -> {
                  if (index == 0) {
                    assertThatThrownBy(trainer::step)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("step() was called before any backward pass")
                        .hasMessageContaining("collector.backward(loss)");
                  }
                  ExactnessTest.easyTrain(trainer, batch, index);
                });
    assertThat(Scenario.relativeDifference(plain, smart)).isLessThan(1e-5);
  }

  /** Left to itself the trainer keeps such a batch whole: a loss may well take it so. */
  @Test
  void arraysThatDisagreeStayWholeWhereNothingIsFixed() {
    Loss loss =
        new Loss("first labels only") {
          @Override
          public NDArray evaluate(NDList labels, NDList predictions) {
            NDArray known = predictions.head().get("0:" + labels.head().size(0));
            return Scenarios.crossEntropy(labels, new NDList(known)).mean();
          }
        };
    Scenario scenario = Scenarios.mlp().withLoss("first labels only", b -> loss);
    Scenario.Loop loop =
        (trainer, batch, index) -> {
          EasyTrain.trainBatch(trainer, with(batch, batch.getData(), shorter(batch.getLabels())));
          trainer.step();
        };
    var plain = scenario.plain(3, loop);
    var smart =
        scenario.smart(
            AUTO,
            3,
            loop,
            Checkpoints.NONE,
            trainer -> assertThat(trainer.stats().wholeBatches()).isEqualTo(3));
    assertThat(smart.parameters()).usingRecursiveComparison().isEqualTo(plain.parameters());
  }

  /** The runtime cuts arrays itself; how a batch was put together does not matter to it. */
  @Test
  void batchifiersThatDoNotStack() {
    var plain = Scenarios.mlp().plain(3, ExactnessTest::easyTrain);
    Batchifier padding = PaddingStackBatchifier.builder().build();
    for (Batchifier batchifier : new Batchifier[] {null, padding}) {
      Scenario.Loop loop =
          (trainer, batch, index) -> {
            NDManager manager = batch.getManager().newSubManager();
            NDList data = detached(batch.getData(), manager);
            NDList labels = detached(batch.getLabels(), manager);
            Batch odd = new Batch(manager, data, labels, SIZE, batchifier, batchifier, 0, 0);
            ExactnessTest.easyTrain(trainer, odd, index);
          };
      assertThat(Scenario.relativeDifference(plain, Scenarios.mlp().smart(FIXED, 3, loop)))
          .isLessThan(1e-5);
    }
  }

  @Test
  void aModelOnAnotherDeviceThanTheTrainers() {
    try (Model model = Model.newInstance("cpu model", Device.cpu(), "PyTorch")) {
      model.setBlock(Scenarios.mlp().block().get());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.l2Loss()).optDevices(new Device[] {Device.gpu(7)});
      assertThatThrownBy(() -> SmartOps.trainer(model, config))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model cpu model is on cpu()")
          .hasMessageContaining("[gpu(7)]")
          .hasMessageContaining("optDevices");
    }
  }

  @Test
  void aModelWithoutBlock() {
    try (Model model = Model.newInstance("empty", "PyTorch")) {
      assertThatThrownBy(
              () ->
                  SmartOps.trainer(
                      model, new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model empty has no block")
          .hasMessageContaining("setBlock");
    }
  }

  /** A stand-in for another engine, which this build does not have. */
  @Test
  void aModelOnAnotherEngine() {
    Object manager =
        Proxy.newProxyInstance(
            NDManager.class.getClassLoader(),
            new Class<?>[] {NDManager.class},
            (proxy, method, arguments) -> new OtherEngine());
    Model model =
        (Model)
            Proxy.newProxyInstance(
                Model.class.getClassLoader(),
                new Class<?>[] {Model.class},
                (proxy, method, arguments) ->
                    method.getName().equals("getNDManager") ? manager : "sums");
    assertThatThrownBy(() -> SmartOps.trainer(model, new DefaultTrainingConfig(Loss.l2Loss())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model sums is on Abacus")
        .hasMessageContaining("Model.newInstance(name, \"PyTorch\")");
  }

  @Test
  void aFixedMicroBatchOfOneWithBatchNorm() {
    SmartOpsConfig one =
        SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optMicroBatch(1).build();
    assertThatThrownBy(() -> Scenarios.batchNormCnn().smart(one, 1, ExactnessTest::easyTrain))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("micro-batch of 1")
        .hasMessageContaining("at least 2");
  }

  /** A collector that outlives its trainer must still let go of the process. */
  @Test
  void aTrainerThatIsClosedWithItsCollectorOpen() {
    try (Model model = Model.newInstance("closed early", "PyTorch")) {
      model.setBlock(Scenarios.mlp().block().get());
      Trainer trainer = SmartOps.trainer(model, new DefaultTrainingConfig(Loss.l2Loss()), FIXED);
      trainer.initialize(new Shape(SIZE, 12));
      NDArray data = model.getNDManager().ones(new Shape(SIZE, 12));
      GradientCollector collector = trainer.newGradientCollector();
      trainer.forward(new NDList(data));
      trainer.close();
      collector.close();
      try (Trainer next = SmartOps.trainer(model, new DefaultTrainingConfig(Loss.l2Loss()))) {
        next.newGradientCollector().close();
      }
    }
  }
}
