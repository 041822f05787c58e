package io.smartops.examples;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.training.optimizer.Optimizer;
import io.smartops.examples.SpokenWords.Clip;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import picocli.CommandLine.Command;

/** Which of ten words is said: a CNN on spectrograms that are computed whenever one is needed. */
@Command(
    header = {"Spoken words by their spectrograms.", ""},
    description = {
      "Trains a CNN to tell ten spoken words apart. Decoding, disturbing and transforming each clip",
      "is the data loader's work. Tested on voices that training never heard.",
      ""
    })
final class AudioWorkload extends Classifier {
  /** How often a clip occurs in an epoch, disturbed differently each time. */
  private static final int TAKES = 4;

  private static final int FIRST_CHANNELS = 32;
  private static final int CHANNELS = 64;
  private static final int FURTHER_LAYERS = 2;

  /** Halved in each layer. When a word is said does not matter: the strongest is kept. */
  private static final int FRAMES_LEFT = ((Spectrogram.FRAMES + 1) / 2) >> FURTHER_LAYERS;

  private static final int HIDDEN_UNITS = 96;
  private static final float LEARNING_RATE = 0.003f;
  private static final long SEED = 1;

  @Override
  public String name() {
    return "audio";
  }

  @Override
  public Plan plan() {
    return new Plan(8, 64);
  }

  @Override
  List<String> classes() {
    return SpokenWords.WORDS;
  }

  @Override
  public Block newBlock() {
    SequentialBlock block =
        new SequentialBlock().add(convolution(5, FIRST_CHANNELS, 2)).add(Activation.reluBlock());
    for (int i = 0; i < FURTHER_LAYERS; i++) {
      block
          .add(convolution(3, CHANNELS, 1))
          .add(Activation.reluBlock())
          .add(Pool.avgPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
    }
    return block
        .add(Pool.maxPool2dBlock(new Shape(1, FRAMES_LEFT)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(HIDDEN_UNITS).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(SpokenWords.WORDS.size()).build());
  }

  private static Block convolution(int side, int channels, int stride) {
    return Conv2d.builder()
        .setFilters(channels)
        .setKernelShape(new Shape(side, side))
        .optPadding(new Shape(side / 2, side / 2))
        .optStride(new Shape(stride, stride))
        .build();
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, 1, Spectrogram.BANDS, Spectrogram.FRAMES);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize) throws IOException {
    List<Clip> clips = SpokenWords.read("train");
    return RecordDataset.of(
        clips.size() * TAKES,
        (owner, index) -> {
          Clip clip = clips.get(index % clips.size());
          // The same record is the same each time, whichever thread makes it.
          Random random = new Random(SEED + index);
          float[] spectrogram = Spectrogram.of(Waveform.disturbed(clip.wav(), random));
          return record(owner, clip, Spectrogram.masked(spectrogram, random));
        },
        batchSize,
        true);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize) throws IOException {
    List<Clip> clips = SpokenWords.read("test");
    return RecordDataset.of(
        clips.size(),
        (owner, index) ->
            record(
                owner, clips.get(index), Spectrogram.of(Waveform.centred(clips.get(index).wav()))),
        batchSize,
        false);
  }

  private static Record record(NDManager manager, Clip clip, float[] spectrogram) {
    Shape shape = new Shape(1, Spectrogram.BANDS, Spectrogram.FRAMES);
    return new Record(
        new NDList(manager.create(spectrogram, shape)),
        new NDList(manager.create((long) clip.word())));
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public String meaning() {
    return "of 360 clips in voices that training never heard";
  }
}
