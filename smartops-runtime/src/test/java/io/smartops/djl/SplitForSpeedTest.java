package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.control.Decision;
import io.smartops.simulation.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real training on a device whose times follow a script: a sample of more than 16 takes longer. */
class SplitForSpeedTest {
  private static final int BATCH = 64;
  private static final int FAST = 16;
  private static final int STEPS = 80;
  private static final int FEATURES = 3;
  private static final long LAUNCH_NANOS = 100_000;
  private static final long SAMPLE_NANOS = 1_000_000;

  /** What a run came to. */
  private record Run(SmartOpsStats stats, List<Double> weights) {}

  private final ManualClock clock = new ManualClock();

  @TempDir private Path folder;

  @Test
  void aBatchThatFitsIsSplitWhereThatIsAllowedAndFaster() throws Exception {
    Run split = train(new SequentialBlock(), PlanProbe::splitForSpeed);
    assertThat(split.stats().microBatch()).isEqualTo(FAST);
    Decision latest = split.stats().decisions().get(split.stats().decisions().size() - 1);
    assertThat(latest.to()).isEqualTo(Integer.toString(FAST));
    assertThat(latest.reason()).contains("less time each than 64");
    Run whole = train(new SequentialBlock(), trainer -> {});
    for (int i = 0; i < whole.weights().size(); i++) {
      assertThat(split.weights().get(i)).isCloseTo(whole.weights().get(i), Offset.offset(1e-4));
    }
  }

  @Test
  void whoAsksForFloat32KeepsWholeBatches() throws Exception {
    SmartOpsStats stats = train(new SequentialBlock(), trainer -> {}).stats();
    // Growing micro-batches measure the memory in the first batch.
    assertThat(stats.wholeBatches()).isEqualTo(STEPS - 1);
  }

  @Test
  void batchNormIsNeverSplitForSpeed() throws Exception {
    SequentialBlock start = new SequentialBlock().add(BatchNorm.builder().build());
    assertThat(train(start, PlanProbe::splitForSpeed).stats().wholeBatches()).isEqualTo(STEPS);
  }

  @Test
  void theSearchIsMadeAgainFromItsJournal() throws Exception {
    Path journal = folder.resolve("run.jsonl");
    SmartOpsConfig options = float32().optJournal(journal).optMicroBatchRange(1, 2 * FAST).build();
    SmartOpsStats stats = train(new SequentialBlock(), trainer -> {}, options).stats();
    assertThat(stats.microBatch()).isEqualTo(FAST);

    assertThat(JournalReplay.assertSame(journal))
        .contains("%d decisions made again, all as".formatted(stats.decisions().size()));
    assertThat(Files.readString(journal)).contains("\"BatchDone\"", "time each than 32");
  }

  private Run train(SequentialBlock start, Consumer<AdaptiveTrainer> plan) throws Exception {
    return train(start, plan, float32().build());
  }

  private static SmartOpsConfig.Builder float32() {
    return SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32);
  }

  private Run train(SequentialBlock start, Consumer<AdaptiveTrainer> plan, SmartOpsConfig options)
      throws Exception {
    Engine.getInstance().setRandomSeed(3);
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("timed")) {
      Linear linear = Linear.builder().setUnits(2).build();
      model.setBlock(start.add(new LambdaBlock(this::timed)).add(linear));
      DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
      try (Trainer trainer = SmartOps.trainer(model, config, options)) {
        trainer.initialize(new Shape(1, FEATURES));
        plan.accept((AdaptiveTrainer) trainer);
        PlanProbe.setClock((AdaptiveTrainer) trainer, clock);
        EasyTrain.fit(trainer, STEPS, data(manager), null);
        NDArray weights = linear.getParameters().get(0).getValue().getArray();
        List<Double> values =
            Arrays.stream(weights.toType(DataType.FLOAT64, true).toDoubleArray()).boxed().toList();
        return new Run(((SmartTrainer) trainer).stats(), values);
      }
    }
  }

  private NDList timed(NDList samples) {
    long rows = samples.head().getShape().get(0);
    clock.advanceNanos(LAUNCH_NANOS + rows * SAMPLE_NANOS * (rows > FAST ? 3 : 2) / 2);
    return samples;
  }

  private static ArrayDataset data(NDManager manager) {
    NDArray data = manager.arange((float) BATCH * FEATURES).reshape(BATCH, FEATURES).div(BATCH);
    NDArray labels = manager.arange((float) BATCH).mod(2).reshape(BATCH, 1);
    return new ArrayDataset.Builder()
        .setData(data)
        .optLabels(labels)
        .setSampling(BATCH, false)
        .build();
  }
}
