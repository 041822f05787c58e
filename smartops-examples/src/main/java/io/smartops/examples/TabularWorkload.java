package io.smartops.examples;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import java.util.Arrays;
import java.util.Random;
import picocli.CommandLine.Command;

/**
 * A wide MLP on a made-up table whose answer is known.
 *
 * <p>Friedman's first problem: y = 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅ + noise, where ten
 * columns are uniform in [0, 1], five of them without meaning, and the noise is normal with
 * standard deviation 1. So no model can have an error below 1 on average. Source: J. Friedman,
 * "Multivariate Adaptive Regression Splines", 1991.
 */
@Command(
    header = {"A wide MLP on a table whose answer is known.", ""},
    description = {
      "Trains a wide MLP, in large batches, on a table of which the best possible error is known:",
      "Friedman's first regression problem, with noise of standard deviation 1.",
      ""
    })
final class TabularWorkload implements Workload {
  private static final int TRAIN_ROWS = 100_000;
  private static final int TEST_ROWS = 20_000;
  private static final int COLUMNS = 10;
  private static final int WIDTH = 256;
  private static final float LEARNING_RATE = 0.01f;
  private static final long TRAIN_SEED = 1;
  private static final long TEST_SEED = 2;

  @Override
  public String name() {
    return "tabular";
  }

  @Override
  public Plan plan() {
    return new Plan(25, 4_096);
  }

  @Override
  public Block newBlock() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(WIDTH).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(WIDTH).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(1).build());
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, COLUMNS);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize) {
    return table(manager, TRAIN_ROWS, TRAIN_SEED, batchSize, true);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize) {
    return table(manager, TEST_ROWS, TEST_SEED, batchSize, false);
  }

  private static RandomAccessDataset table(
      NDManager manager, int rows, long seed, int batchSize, boolean shuffled) {
    Random random = new Random(seed);
    float[] inputs = new float[rows * COLUMNS];
    float[] outputs = new float[rows];
    for (int row = 0; row < rows; row++) {
      float[] x = row(random);
      System.arraycopy(x, 0, inputs, row * COLUMNS, COLUMNS);
      outputs[row] = (float) (answer(x) + random.nextGaussian());
    }
    return new ArrayDataset.Builder()
        .setData(manager.create(inputs, new Shape(rows, COLUMNS)))
        .optLabels(manager.create(outputs, new Shape(rows, 1)))
        .setSampling(batchSize, shuffled)
        .build();
  }

  private static float[] row(Random random) {
    float[] x = new float[COLUMNS];
    for (int column = 0; column < COLUMNS; column++) {
      x[column] = random.nextFloat();
    }
    return x;
  }

  /** The output without the noise. */
  static double answer(float[] x) {
    return 10 * Math.sin(Math.PI * x[0] * x[1])
        + 20 * (x[2] - 0.5) * (x[2] - 0.5)
        + 10 * x[3]
        + 5 * x[4];
  }

  @Override
  public Loss loss() {
    return Loss.l2Loss();
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public Evaluator evaluator() {
    return new RootMeanSquareError();
  }

  @Override
  public String format(float value) {
    return "%.3f".formatted(value);
  }

  @Override
  public String meaning() {
    return "on 20,000 unseen rows; the noise alone makes 1";
  }

  @Override
  public String predict(Predictor<NDList, NDList> saved, NDManager manager)
      throws TranslateException {
    float[] x = new float[COLUMNS];
    Arrays.fill(x, 0.5f);
    try (NDArray row = manager.create(x, new Shape(1, COLUMNS));
        NDArray predicted = saved.predict(new NDList(row)).singletonOrThrow()) {
      return "it predicts %.2f for a row of halves; without noise the answer is %.2f"
          .formatted(predicted.getFloat(), answer(x));
    }
  }
}
