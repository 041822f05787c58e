package io.smartops.examples;

import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.Random;

/** The same digit seen differently: turned, sized and moved a little. */
final class DigitViews {
  private static final double MOST_TURNED = Math.toRadians(20);
  private static final double LEAST_SIZE = 0.8;
  private static final double MOST_SIZE = 1.2;
  private static final double MOST_MOVED = 3;
  private static final double MIDDLE = MnistDigits.SIDE / 2.0;

  private DigitViews() {}

  /** A random view of the image, pixels in [0, 1]. */
  static float[] random(BufferedImage image, Random random) {
    AffineTransform change = new AffineTransform();
    change.translate(
        MIDDLE + between(-MOST_MOVED, MOST_MOVED, random),
        MIDDLE + between(-MOST_MOVED, MOST_MOVED, random));
    change.rotate(between(-MOST_TURNED, MOST_TURNED, random));
    double size = between(LEAST_SIZE, MOST_SIZE, random);
    change.scale(size, size);
    change.translate(-MIDDLE, -MIDDLE);
    BufferedImage view = new BufferedImage(image.getWidth(), image.getHeight(), image.getType());
    new AffineTransformOp(change, AffineTransformOp.TYPE_BILINEAR).filter(image, view);
    return values(view);
  }

  private static float[] values(BufferedImage image) {
    byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    float[] values = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      values[i] = Byte.toUnsignedInt(pixels[i]) / MnistDigits.MAX_PIXEL;
    }
    return values;
  }

  private static double between(double low, double high, Random random) {
    return low + (high - low) * random.nextDouble();
  }
}
