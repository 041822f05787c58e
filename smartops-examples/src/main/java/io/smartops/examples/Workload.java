package io.smartops.examples;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.OptionalLong;

/**
 * What is trained, and on what: everything about a job but who trains it. {@link TrainingJob} makes
 * a program of it; the benchmarks train it with DJL alone and with SmartOps.
 *
 * <p>Every call makes something new; what is random follows from a seed.
 */
public interface Workload {

  /** Its name on the command line and in results. */
  String name();

  /** The length of a training and the size of its steps, unless the user asks for others. */
  Plan plan();

  /** The model, without parameters yet. */
  Block newBlock();

  /** The shape of a batch of one sample. */
  Shape inputShape();

  /** Prepared data to train on, shuffled; its arrays belong to {@code manager}. */
  RandomAccessDataset trainSet(NDManager manager, int batchSize)
      throws IOException, TranslateException;

  /** Prepared data that training never sees, in order; its arrays belong to {@code manager}. */
  RandomAccessDataset testSet(NDManager manager, int batchSize)
      throws IOException, TranslateException;

  /** What training makes small. */
  Loss loss();

  /** The optimizer of a training of {@code steps} steps. */
  Optimizer optimizer(int steps);

  /** What tells a user how good the model is. */
  Evaluator evaluator();

  /** A value of the evaluator as people write it. */
  String format(float value);

  /** What a value of the evaluator means: what it was measured on, and what to compare it with. */
  String meaning() throws IOException;

  /** Uses a trained model that was saved and loaded again, and says what came of it. */
  String predict(Predictor<NDList, NDList> saved, NDManager manager)
      throws IOException, TranslateException;

  /**
   * How a workload is trained by default.
   *
   * @param epochs passes over the training data
   * @param batchSize the logical batch
   * @param memoryLimitBytes the most memory that SmartOps may hold; empty leaves it to the runtime
   */
  record Plan(int epochs, int batchSize, OptionalLong memoryLimitBytes) {
    Plan(int epochs, int batchSize) {
      this(epochs, batchSize, OptionalLong.empty());
    }
  }
}
