package io.smartops.examples;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.evaluator.Evaluator;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import picocli.CommandLine.Command;

/** A transformer that learns to write the next character of Moby-Dick. */
@Command(
    header = {"A transformer on the characters of Moby-Dick.", ""},
    description = {
      "Trains a transformer on the characters of Moby-Dick. Pieces of unequal length are padded;",
      "the loss weighs each real character the same. Tested on every tenth chapter.",
      ""
    })
final class LanguageWorkload implements Workload {
  private static final int WIDTH = 192;
  private static final int HEADS = 6;
  private static final int LAYERS = 2;
  private static final int WIDENING = 4;
  private static final float LEARNING_RATE = 0.003f;

  private static final String PROMPT = "The white whale ";
  private static final double TEMPERATURE = 0.7;
  private static final long SEED = 1;

  @Override
  public String name() {
    return "language";
  }

  @Override
  public Plan plan() {
    return new Plan(2, 32);
  }

  @Override
  public Block newBlock() {
    SequentialBlock block =
        new SequentialBlock().add(new PlacedEmbedding(Characters.COUNT, Characters.ROW, WIDTH));
    for (int layer = 0; layer < LAYERS; layer++) {
      block
          .add(residual(norm(), new CausalAttention(WIDTH, HEADS)))
          .add(residual(norm(), linear(WIDENING * WIDTH), Activation.geluBlock(), linear(WIDTH)));
    }
    return block.add(norm()).add(linear(Characters.COUNT));
  }

  /** What goes in plus what {@code blocks} make of it. */
  private static Block residual(Block... blocks) {
    return new ParallelBlock(
        ways -> new NDList(ways.get(0).singletonOrThrow().add(ways.get(1).singletonOrThrow())),
        List.of(Blocks.identityBlock(), new SequentialBlock().addAll(blocks)));
  }

  private static Block norm() {
    return LayerNorm.builder().axis(2).build();
  }

  private static Block linear(int units) {
    return Linear.builder().setUnits(units).build();
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, Characters.ROW);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize) throws IOException {
    return pieces(MobyDick.pieces(false), batchSize, true);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize) throws IOException {
    return pieces(MobyDick.pieces(true), batchSize, false);
  }

  private static RandomAccessDataset pieces(List<String> pieces, int batchSize, boolean shuffled) {
    return RecordDataset.of(
        pieces.size(),
        (owner, index) ->
            new Record(
                new NDList(owner.create(Characters.inputs(pieces.get(index)))),
                new NDList(owner.create(Characters.targets(pieces.get(index))))),
        batchSize,
        shuffled);
  }

  @Override
  public Loss loss() {
    return new TokenLoss();
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public Evaluator evaluator() {
    return new Perplexity();
  }

  @Override
  public String format(float value) {
    return "%.3f".formatted(value);
  }

  @Override
  public String meaning() throws IOException {
    double bigram = new BigramModel(MobyDick.pieces(false)).perplexity(MobyDick.pieces(true));
    return "a character of chapters that training never saw; a bigram model has %.3f"
        .formatted(bigram);
  }

  @Override
  public String predict(Predictor<NDList, NDList> saved, NDManager manager)
      throws TranslateException {
    Random random = new Random(SEED);
    StringBuilder text = new StringBuilder(PROMPT);
    while (text.length() < MobyDick.LENGTH) {
      int token = next(text.toString(), saved, manager, random);
      if (!Characters.isCharacter(token)) {
        break;
      }
      text.append(Characters.character(token));
    }
    return "it writes: " + text;
  }

  private static int next(
      String text, Predictor<NDList, NDList> saved, NDManager manager, Random random)
      throws TranslateException {
    try (NDArray row = manager.create(Characters.inputs(text)).reshape(1, Characters.ROW);
        NDArray scores = saved.predict(new NDList(row)).singletonOrThrow();
        NDArray chances = scores.get(0, text.length()).div(TEMPERATURE).softmax(0)) {
      return draw(chances.toFloatArray(), random.nextFloat());
    }
  }

  /** The token in whose part of [0, 1) the number {@code at} lies. */
  private static int draw(float[] chances, float at) {
    float sum = 0;
    for (int token = 0; token < chances.length; token++) {
      sum += chances[token];
      if (at < sum) {
        return token;
      }
    }
    return Characters.EDGE;
  }
}
