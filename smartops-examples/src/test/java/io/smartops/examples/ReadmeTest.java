package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsStats;
import io.smartops.SmartTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java code is what lies between the marks of this class, and it runs. */
class ReadmeTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Path SOURCE =
      Path.of("src", "test", "java", "io", "smartops", "examples", "ReadmeTest.java");

  private static final Pattern IN_README =
      Pattern.compile("^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern IN_SOURCE =
      Pattern.compile("^ *// README\\n(.*?)^ *// end\\n", Pattern.MULTILINE | Pattern.DOTALL);

  private final TrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
  private final Shape inputShape = new Shape(1, 1, 28, 28);
  private final int epochs = 1;
  @TempDir private Path folder;
  private Model model;
  private MnistDigits trainSet;
  private MnistDigits testSet;

  @BeforeEach
  void openModelAndData() throws IOException {
    IdxBytes.copyBundled(folder, "train", 12);
    model = Model.newInstance("digits");
    model.setBlock(DigitClassifier.newBlock());
    trainSet = digits();
    testSet = digits();
  }

  private MnistDigits digits() {
    return MnistDigits.builder()
        .setManager(model.getNDManager())
        .optDirectory(folder)
        .setSampling(8, false)
        .build();
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void everyBlockOfTheReadmeIsInThisClass() throws IOException {
    List<String> shown = blocks(IN_README, README);

    assertThat(shown).hasSize(3).isEqualTo(blocks(IN_SOURCE, SOURCE));
  }

  @Test
  void oneLineChanges() throws IOException, TranslateException {
    // README
    Trainer trainer = SmartOps.trainer(model, config); // was: model.newTrainer(config)
    trainer.initialize(inputShape);
    EasyTrain.fit(trainer, epochs, trainSet, testSet); // as before
    // end
    assertThat(((SmartTrainer) trainer).stats().steps()).isEqualTo(2);
    trainer.close();
  }

  @Test
  void optionsAreGivenByABuilder() {
    Path journal = folder.resolve("journal.jsonl");
    // README
    SmartOpsConfig options =
        SmartOpsConfig.builder()
            .optMemoryLimitBytes(2L << 30)
            .optMicroBatchRange(8, 256)
            .optJournal(journal)
            .build();
    Trainer trainer = SmartOps.trainer(model, config, options);
    // end
    assertThat(options.microBatch().max()).isEqualTo(256);
    trainer.close();
    assertThat(journal).exists();
  }

  @Test
  void aLoopOfOnesOwn() throws IOException, TranslateException {
    float total = 0;
    // README
    SmartTrainer trainer = (SmartTrainer) SmartOps.trainer(model, config);
    trainer.initialize(inputShape);
    for (Batch batch : trainer.iterateDataset(trainSet)) {
      try (batch) {
        total += trainer.trainBatch(batch).getFloat();
        trainer.step();
      }
    }
    SmartOpsStats stats = trainer.stats();
    // end
    assertThat(total).isPositive();
    assertThat(stats.samples()).isEqualTo(12);
    trainer.close();
  }

  private static List<String> blocks(Pattern marks, Path file) throws IOException {
    return marks
        .matcher(Files.readString(file))
        .results()
        .map((MatchResult block) -> block.group(1).stripTrailing().stripIndent())
        .toList();
  }
}
