package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal of a real training run, replayed. */
class JournalTest {
  @TempDir private Path folder;

  @Test
  void whatAllControllersOfARunDecidedIsDecidedAgain() throws Exception {
    Path journal = folder.resolve("run.jsonl");
    train(
        SmartOpsConfig.builder().optJournal(journal).optPrecision(PrecisionPolicy.AUTO).build(), 2);

    String out = JournalReplay.assertSame(journal, "--explain", "1");
    assertThat(Files.readString(journal))
        .contains("\"Delivered\"", "\"MICRO_BATCH\"", "\"type\":\"outcome\"", "\"type\":\"end\"");
    assertThat(out)
        .contains("decisions made again, all as", "float32 on cpu()", "the loader delivered after");
  }

  /** Whatever the times of this machine say: the search is made again from them. */
  @Test
  void soIsTheSearchForTheFastestMicroBatch() throws Exception {
    Path journal = folder.resolve("run.jsonl");
    train(
        SmartOpsConfig.builder()
            .optJournal(journal)
            .optPrecision(PrecisionPolicy.AUTO)
            .optMicroBatchRange(1, 16)
            .build(),
        12);

    JournalReplay.assertSame(journal);
    assertThat(Files.readString(journal)).contains("\"BatchDone\"", "\"BatchBegan\",32,");
  }

  private static void train(SmartOpsConfig options, int epochs) throws Exception {
    try (Model model = Model.newInstance("tiny")) {
      model.setBlock(new SequentialBlock().add(Linear.builder().setUnits(7).build()));
      Dataset slow =
          new LoaderDatasets.Records.Builder()
              .size(256)
              .readNanos(200_000)
              .setSampling(32, true)
              .build();
      DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
      try (Trainer trainer = SmartOps.trainer(model, config, options)) {
        trainer.initialize(new Shape(1, 4));
        EasyTrain.fit(trainer, epochs, slow, null);
      }
    }
  }
}
