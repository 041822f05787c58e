package io.smartops.examples;

import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.ndarray.NDArray;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A CNN or a ResNet on digits that are PNG files on disk, decoded whenever they are needed. */
@Command(
    header = {"A CNN or a ResNet on PNG files.", ""},
    description = {
      "Trains a CNN or a ResNet-20 on handwritten digits that lie on disk as PNG files,",
      "which are written there first, from the bundled MNIST digits.",
      ""
    })
final class VisionWorkload extends Classifier {
  private static final int RESNET_LAYERS = 20;
  private static final int FIRST_CHANNELS = 32;
  private static final int SECOND_CHANNELS = 64;
  private static final int HIDDEN_UNITS = 128;
  private static final float LEARNING_RATE = 0.001f;

  /** The models to choose from. */
  enum Architecture {
    CNN,
    RESNET
  }

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private Architecture model;

  @Option(
      names = "--images",
      paramLabel = "DIR",
      description = "where the PNG files are (default: ${DEFAULT-VALUE})")
  private Path images = Path.of("target", "digits");

  VisionWorkload() {
    this(Architecture.CNN);
  }

  VisionWorkload(Architecture model) {
    this.model = model;
  }

  @Override
  public String name() {
    return model == Architecture.CNN ? "vision" : "vision-resnet";
  }

  @Override
  public Plan plan() {
    return new Plan(4, 128);
  }

  @Override
  List<String> classes() {
    return MnistDigits.NAMES;
  }

  @Override
  public Block newBlock() {
    return switch (model) {
      case CNN -> convolutions();
      case RESNET ->
          ResNetV1.builder()
              .setImageShape(inputShape().slice(1))
              .setNumLayers(RESNET_LAYERS)
              .setOutSize(MnistDigits.CLASSES)
              .build();
    };
  }

  private static Block convolutions() {
    return new SequentialBlock()
        .add(convolution(FIRST_CHANNELS))
        .add(Activation.reluBlock())
        .add(convolution(SECOND_CHANNELS))
        .add(Activation.reluBlock())
        .add(Pool.avgPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
        .add(Blocks.batchFlattenBlock())
        .add(Linear.builder().setUnits(HIDDEN_UNITS).build())
        .add(Activation.reluBlock())
        .add(Linear.builder().setUnits(MnistDigits.CLASSES).build());
  }

  private static Block convolution(int channels) {
    return Conv2d.builder().setFilters(channels).setKernelShape(new Shape(3, 3)).build();
  }

  @Override
  public Shape inputShape() {
    return new Shape(1, 1, MnistDigits.SIDE, MnistDigits.SIDE);
  }

  @Override
  public RandomAccessDataset trainSet(NDManager manager, int batchSize) throws IOException {
    return digits("train", batchSize, true);
  }

  @Override
  public RandomAccessDataset testSet(NDManager manager, int batchSize) throws IOException {
    return digits("t10k", batchSize, false);
  }

  private RandomAccessDataset digits(String part, int batchSize, boolean shuffled)
      throws IOException {
    List<Path> files = PngDigits.files(images, part);
    return RecordDataset.of(
        files.size(), (owner, index) -> record(owner, files.get(index)), batchSize, shuffled);
  }

  private static Record record(NDManager manager, Path file) throws IOException {
    NDArray pixels =
        ImageFactory.getInstance().fromFile(file).toNDArray(manager, Image.Flag.GRAYSCALE);
    return new Record(
        new NDList(new ToTensor().transform(pixels)),
        new NDList(manager.create(PngDigits.label(file))));
  }

  @Override
  public Optimizer optimizer(int steps) {
    return Optimizers.adam(LEARNING_RATE, steps);
  }

  @Override
  public String meaning() {
    return "of 1,500 test digits";
  }
}
