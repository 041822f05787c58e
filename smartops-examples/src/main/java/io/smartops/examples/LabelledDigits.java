package io.smartops.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A part of the bundled digits, in the heap. */
final class LabelledDigits {
  private static final int SIDE = MnistDigits.SIDE;

  private final byte[] pixels;
  private final byte[] labels;

  private LabelledDigits(byte[] pixels, byte[] labels) {
    this.pixels = pixels;
    this.labels = labels;
  }

  /** Reads a part, {@code train} or {@code t10k}. */
  static LabelledDigits read(String part) throws IOException {
    return new LabelledDigits(
        IdxSource.BUNDLED.read(part + "-images-idx3-ubyte", 3).bytes(),
        IdxSource.BUNDLED.read(part + "-labels-idx1-ubyte", 1).bytes());
  }

  int count() {
    return labels.length;
  }

  /** Which digit each image shows. */
  byte[] labels() {
    return labels;
  }

  /** One digit as an image. */
  BufferedImage image(int index) {
    return PngDigits.image(pixels, index);
  }

  /** All digits, (n, side, side), in [0, 1]. */
  NDArray images(NDManager manager) {
    Shape shape = new Shape(count(), SIDE, SIDE);
    return manager
        .create(ByteBuffer.wrap(pixels), shape, DataType.UINT8)
        .toType(DataType.FLOAT32, false)
        .div(MnistDigits.MAX_PIXEL);
  }
}
