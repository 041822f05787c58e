package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import io.smartops.control.Knob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Real runs of one model after another, with a cache of their own. */
@Execution(ExecutionMode.SAME_THREAD)
class WarmStartTrainingTest {
  private static final String CACHE = "smartops.cache";
  private static final SmartOpsConfig DEFAULT =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();

  @TempDir private Path cache;

  @BeforeEach
  void useIt() {
    System.setProperty(CACHE, cache.toString());
  }

  @AfterEach
  void leaveIt() {
    System.clearProperty(CACHE);
  }

  @Test
  void theSecondRunNeedsNoSlowStart() throws Exception {
    SmartOpsStats cold = train(256, DEFAULT);
    SmartOpsStats warm = train(256, DEFAULT);

    assertThat(cold.decisions())
        .anySatisfy(d -> assertThat(d.reason()).contains("nothing is known"));
    assertThat(cold.wholeBatches()).isEqualTo(3);
    assertThat(warm.decisions()).isEmpty();
    assertThat(warm.wholeBatches()).isEqualTo(4);
    assertThat(files()).isEqualTo(1);
  }

  @Test
  void norDoesOneThatChoosesItsPrecision() throws Exception {
    SmartOpsConfig auto = SmartOpsConfig.builder().optPrecision(PrecisionPolicy.AUTO).build();
    SmartOpsStats cold = train(256, auto);
    SmartOpsStats warm = train(256, auto);

    assertThat(cold.decisions()).anyMatch(d -> d.knob() == Knob.MICRO_BATCH);
    assertThat(warm.decisions()).noneMatch(d -> d.knob() == Knob.MICRO_BATCH);
    assertThat(warm.wholeBatches()).isEqualTo(4);
  }

  @Test
  void anotherModelStartsCold() throws Exception {
    train(256, DEFAULT);
    SmartOpsStats wider = train(260, DEFAULT);

    assertThat(wider.wholeBatches()).isEqualTo(3);
    assertThat(files()).isEqualTo(2);
  }

  @Test
  void withoutItNothingIsReadOrKept() throws Exception {
    train(
        256,
        SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).optWarmStart(false).build());
    assertThat(files()).isZero();
    train(256, DEFAULT);
    SmartOpsStats cold =
        train(
            256,
            SmartOpsConfig.builder()
                .optPrecision(PrecisionPolicy.FP32)
                .optWarmStart(false)
                .build());
    assertThat(cold.wholeBatches()).isEqualTo(3);
  }

  private long files() throws Exception {
    try (Stream<Path> files = Files.list(cache)) {
      return files.count();
    }
  }

  /** Four batches of 512. */
  private static SmartOpsStats train(int width, SmartOpsConfig options) throws Exception {
    Engine.getInstance().setRandomSeed(3);
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("tiny")) {
      model.setBlock(
          new SequentialBlock()
              .add(Linear.builder().setUnits(width).build())
              .add(Activation.reluBlock())
              .add(Linear.builder().setUnits(2).build()));
      NDArray data = manager.randomUniform(0, 1, new Shape(2_048, 64));
      NDArray labels = manager.arange(2_048f).mod(2).reshape(2_048, 1);
      ArrayDataset set =
          new ArrayDataset.Builder()
              .setData(data)
              .optLabels(labels)
              .setSampling(512, false)
              .build();
      DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
      try (SmartTrainer trainer = (SmartTrainer) SmartOps.trainer(model, config, options)) {
        trainer.initialize(new Shape(1, 64));
        EasyTrain.fit(trainer, 1, set, null);
        return trainer.stats();
      }
    }
  }
}
