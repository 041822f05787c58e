package io.smartops.examples;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A small CNN on MNIST digits from memory, in less memory than its batch needs. */
@Command(
    header = {"Digits in less memory than their batch needs.", ""},
    description = {
      "Trains a small CNN on real MNIST digits, in less memory than its batch needs:",
      "SmartOps splits the batch so that it fits, and the result stays that of the whole batch.",
      ""
    })
final class MnistWorkload extends Classifier {
  private static final long MEMORY_LIMIT_BYTES = 448L << 20;
  private static final float LEARNING_RATE = 0.005f;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "folder with the four official MNIST files (default: 10,000 bundled digits)")
  private @Nullable Path data;

  @Override
  public String name() {
    return "mnist";
  }

  @Override
  public Plan plan() {
    return new Plan(12, 512, OptionalLong.of(MEMORY_LIMIT_BYTES));
  }

  @Override
  List<String> classes() {
    return MnistDigits.NAMES;
  }

  @Override
  public Block newBlock() {
    return DigitClassifier.newBlock();
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, 1, MnistDigits.SIDE, MnistDigits.SIDE);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize)
      throws IOException, TranslateException {
    return digits(manager, Dataset.Usage.TRAIN, batchSize);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize)
      throws IOException, TranslateException {
    return digits(manager, Dataset.Usage.TEST, batchSize);
  }

  private MnistDigits digits(NDManager manager, Dataset.Usage usage, int batchSize)
      throws IOException, TranslateException {
    MnistDigits.Builder builder = MnistDigits.builder().setManager(manager).optUsage(usage);
    Optional.ofNullable(data).ifPresent(builder::optDirectory);
    MnistDigits digits = builder.setSampling(batchSize, usage == Dataset.Usage.TRAIN).build();
    digits.prepare();
    return digits;
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public String meaning() {
    return "of the test digits";
  }
}
