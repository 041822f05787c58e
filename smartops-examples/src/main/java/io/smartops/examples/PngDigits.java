package io.smartops.examples;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** The bundled digits as a user's own images would lie there: PNG files, a folder a class. */
final class PngDigits {
  private static final int SIDE = MnistDigits.SIDE;

  private PngDigits() {}

  /**
   * The files of a part of the digits ({@code train} or {@code t10k}), which are written to {@code
   * root} first unless they are there already.
   */
  static List<Path> files(Path root, String part) throws IOException {
    try (Stream<Path> tree = Files.walk(folder(root, part))) {
      return tree.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
  }

  /** Which digit a file shows. */
  static long label(Path file) {
    return Long.parseLong(file.getName(file.getNameCount() - 2).toString());
  }

  private static Path folder(Path root, String part) throws IOException {
    Path folder = root.resolve(part);
    if (Files.notExists(folder)) {
      // An interrupted run leaves no folder that looks complete.
      Path unfinished = Files.createDirectories(root.resolve(part + ".part"));
      write(unfinished, part);
      Files.move(unfinished, folder);
    }
    return folder;
  }

  private static void write(Path folder, String part) throws IOException {
    IdxFile images = IdxSource.BUNDLED.read(part + "-images-idx3-ubyte", 3);
    IdxFile digits = IdxSource.BUNDLED.read(part + "-labels-idx1-ubyte", 1);
    for (int i = 0; i < digits.size(0); i++) {
      Path ofClass = Files.createDirectories(folder.resolve(String.valueOf(digits.bytes()[i])));
      ImageIO.write(
          image(images.bytes(), i), "png", ofClass.resolve("%05d.png".formatted(i)).toFile());
    }
  }

  /** Image {@code index} of those that lie one after the other in {@code pixels}. */
  static BufferedImage image(byte[] pixels, int index) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    System.arraycopy(pixels, index * target.length, target, 0, target.length);
    return image;
  }
}
