package io.smartops.examples;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Random;
import picocli.CommandLine.Command;

/** Learns without labels what digits look like: two views of one digit belong together. */
@Command(
    header = {"Digits without labels, by a loss that cannot be split.", ""},
    description = {
      "Trains an encoder, without labels, to know two distorted views of a digit among the views of",
      "a whole batch. Such a loss cannot be split: SmartOps takes two passes when memory is short.",
      ""
    })
final class ContrastiveWorkload implements Workload {
  /** How often a digit occurs in an epoch, in other views each time. */
  private static final int TAKES = 2;

  private static final int[] CHANNELS = {16, 32, 32};
  private static final int WIDTH = 64;
  private static final float LEARNING_RATE = 0.003f;
  private static final long SEED = 1;
  private static final int SIDE = MnistDigits.SIDE;
  private static final int VIEWS = 2;
  private static final int PREDICTED_TOGETHER = 500;

  @Override
  public String name() {
    return "contrastive";
  }

  @Override
  public Plan plan() {
    return new Plan(10, 256);
  }

  @Override
  public Block newBlock() {
    SequentialBlock block =
        new SequentialBlock()
            .add(LambdaBlock.singleton(views -> views.reshape(-1, 1, SIDE, SIDE), "apart"));
    for (int channels : CHANNELS) {
      block
          .add(
              Conv2d.builder()
                  .setFilters(channels)
                  .setKernelShape(new Shape(3, 3))
                  .optPadding(new Shape(1, 1))
                  .optStride(new Shape(2, 2))
                  .build())
          .add(Activation.reluBlock());
    }
    return block
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(2 * WIDTH).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(WIDTH).build())
        .add(LambdaBlock.singleton(views -> views.reshape(-1, VIEWS, WIDTH), "together"));
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, VIEWS, SIDE, SIDE);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize) throws IOException {
    return pairs(LabelledDigits.read("train"), TAKES, batchSize, true);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize) throws IOException {
    return pairs(LabelledDigits.read("t10k"), 1, batchSize, false);
  }

  private static RandomAccessDataset pairs(
      LabelledDigits digits, int takes, int batchSize, boolean shuffled) {
    return RecordDataset.of(
        takes * digits.count(), (owner, index) -> pair(owner, digits, index), batchSize, shuffled);
  }

  private static Record pair(NDManager manager, LabelledDigits digits, int index) {
    int digit = index % digits.count();
    BufferedImage image = digits.image(digit);
    // The same record is the same each time, whichever thread makes it.
    Random random = new Random(SEED + index);
    Shape shape = new Shape(1, SIDE, SIDE);
    NDArray first = manager.create(DigitViews.random(image, random), shape);
    NDArray second = manager.create(DigitViews.random(image, random), shape);
    return new Record(
        new NDList(first.concat(second)),
        new NDList(manager.create((long) digits.labels()[digit])));
  }

  @Override
  public Loss loss() {
    return new PairLoss();
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public Evaluator evaluator() {
    return new PairRetrieval();
  }

  @Override
  public String format(float value) {
    return "%.2f %%".formatted(100 * value);
  }

  @Override
  public String meaning() {
    return "of the partners are found among the views of a batch of test digits";
  }

  @Override
  public String predict(Predictor<NDList, NDList> saved, NDManager manager)
      throws IOException, TranslateException {
    LabelledDigits train = LabelledDigits.read("train");
    LabelledDigits test = LabelledDigits.read("t10k");
    double learnt =
        new NearestNeighbour(vectors(train, saved, manager), train.labels())
            .accuracy(vectors(test, saved, manager), test.labels());
    double pixels =
        new NearestNeighbour(flat(train, manager), train.labels())
            .accuracy(flat(test, manager), test.labels());
    return "%s of the test digits have the class of the nearest training digit (by pixels %s)"
        .formatted(format((float) learnt), format((float) pixels));
  }

  private static NDArray flat(LabelledDigits digits, NDManager manager) {
    return digits.images(manager).reshape(digits.count(), SIDE * SIDE);
  }

  /** The vectors of the digits as they are: both views of a pair are the digit itself. */
  private static NDArray vectors(
      LabelledDigits digits, Predictor<NDList, NDList> saved, NDManager manager)
      throws TranslateException {
    NDArray images = digits.images(manager).expandDims(1);
    NDList parts = new NDList();
    for (int start = 0; start < digits.count(); start += PREDICTED_TOGETHER) {
      int end = Math.min(start + PREDICTED_TOGETHER, digits.count());
      NDArray part = images.get("{}:{}", start, end);
      parts.add(saved.predict(new NDList(part.concat(part, 1))).singletonOrThrow().get(":, 0"));
    }
    return NDArrays.concat(parts);
  }
}
