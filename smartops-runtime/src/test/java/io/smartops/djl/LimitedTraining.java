package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.training.loss.Loss;
import ai.djl.translate.Batchifier;
import com.sun.jna.Library;
import com.sun.jna.Native;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import io.smartops.telemetry.DeviceSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Trains in a process whose address space ends a given number of MiB above what the process maps
 * when the limit is set (0: no limit). Prints the losses and how often memory ran out.
 */
public final class LimitedTraining {
  static final int STEPS = 6;
  private static final int BATCH = 16_384;
  private static final int WIDTH = 256;
  private static final int LAYERS = 24;
  private static final int RLIMIT_AS = 9;
  private static final long PAGE_BYTES = 4096;

  private LimitedTraining() {}

  /** The C library's limits. */
  public interface Limits extends Library {
    int setrlimit(int resource, long[] softAndHard);
  }

  public static void main(String[] arguments) throws IOException {
    String way = arguments[0];
    long headroomMib = Long.parseLong(arguments[1]);
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    Loss loss = Loss.softmaxCrossEntropyLoss();
    try (Model model = Model.newInstance("limited", "PyTorch")) {
      model.setBlock(block());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(loss).optOptimizer(Scenario.adam().get());
      List<Float> losses = new ArrayList<>();
      config.addTrainingListeners(new Losses(loss, losses));
      try (Trainer trainer = trainer(way, model, config)) {
        trainer.initialize(new Shape(BATCH, 16));
        if (headroomMib > 0) {
          limitAddressSpace(headroomMib << 20);
        }
        train(trainer);
        long failures = trainer instanceof SmartTrainer s ? s.stats().outOfMemoryErrors() : 0;
        System.out.println("outOfMemory=" + failures);
      }
      System.out.println(
          "losses=" + losses.stream().map(String::valueOf).collect(Collectors.joining(",")));
    } catch (RuntimeException e) {
      System.out.println(e);
      Runtime.getRuntime().halt(1);
    }
  }

  static SequentialBlock block() {
    SequentialBlock block = new SequentialBlock().add(Linear.builder().setUnits(WIDTH).build());
    for (int i = 0; i < LAYERS; i++) {
      block.add(Activation.tanhBlock());
    }
    return block.add(Linear.builder().setUnits(5).build());
  }

  private static Trainer trainer(String way, Model model, DefaultTrainingConfig config) {
    return switch (way) {
      case "plain" -> model.newTrainer(config);
      case "smart" ->
          SmartOps.trainer(
              model, config, SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build());
      default ->
          SmartOps.trainer(
              model,
              config,
              SmartOpsConfig.builder()
                  .optPrecision(PrecisionPolicy.FP32)
                  .optTelemetry(() -> DeviceSnapshot.EMPTY)
                  .build());
    };
  }

  private static void train(Trainer trainer) {
    for (int step = 0; step < STEPS; step++) {
      try (Batch batch = batch(trainer.getManager().newSubManager(), BATCH)) {
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
      }
    }
  }

  /** The same batch each time: values spread evenly, labels that follow from them. */
  static Batch batch(NDManager manager, int size) {
    NDArray data = manager.arange(size * 16).mod(97).div(48).sub(1).reshape(size, 16);
    NDArray labels = manager.arange(size).mod(5).toType(DataType.FLOAT32, false);
    return new Batch(
        manager,
        new NDList(data),
        new NDList(labels),
        size,
        Batchifier.STACK,
        Batchifier.STACK,
        0,
        0);
  }

  /** Lets the process map so much more than it has mapped. */
  static void limitAddressSpace(long headroomBytes) throws IOException {
    String statm = Files.readString(Path.of("/proc/self/statm"));
    long pages = Long.parseLong(statm.substring(0, statm.indexOf(' ')));
    long limit = pages * PAGE_BYTES + headroomBytes;
    Limits limits = Native.load("c", Limits.class);
    if (limits.setrlimit(RLIMIT_AS, new long[] {limit, limit}) != 0) {
      throw new IllegalStateException("setrlimit failed");
    }
  }

  /** Keeps the loss of each logical batch. */
  private static final class Losses extends TrainingListenerAdapter {
    private final Loss loss;
    private final List<Float> losses;

    Losses(Loss loss, List<Float> losses) {
      this.loss = loss;
      this.losses = losses;
    }

    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
      NDList labels = batchData.getLabels().values().iterator().next();
      NDList predictions = batchData.getPredictions().values().iterator().next();
      losses.add(loss.evaluate(labels, predictions).getFloat());
    }
  }
}
