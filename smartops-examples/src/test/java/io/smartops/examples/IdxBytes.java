package io.smartops.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

/** Builds IDX files, right and wrong ones. */
final class IdxBytes {
  private IdxBytes() {}

  static byte[] of(int magic, int[] dimensions, byte[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * dimensions.length + values.length);
    bytes.putInt(magic);
    Arrays.stream(dimensions).forEach(bytes::putInt);
    return bytes.put(values).array();
  }

  static byte[] images(int count, int height, int width) {
    return of(0x803, new int[] {count, height, width}, new byte[count * height * width]);
  }

  static byte[] labels(int... digits) {
    byte[] values = new byte[digits.length];
    for (int i = 0; i < digits.length; i++) {
      values[i] = (byte) digits[i];
    }
    return of(0x801, new int[] {digits.length}, values);
  }

  /** Writes the first {@code count} bundled digits of a part, gzipped, under the official names. */
  static void copyBundled(Path folder, String prefix, int count) throws IOException {
    byte[] pixels = IdxSource.BUNDLED.read(prefix + "-images-idx3-ubyte", 3).bytes();
    byte[] digits = IdxSource.BUNDLED.read(prefix + "-labels-idx1-ubyte", 1).bytes();
    byte[] images = of(0x803, new int[] {count, 28, 28}, Arrays.copyOf(pixels, count * 784));
    byte[] labels = of(0x801, new int[] {count}, Arrays.copyOf(digits, count));
    Files.write(folder.resolve(prefix + "-images-idx3-ubyte.gz"), gzip(images));
    Files.write(folder.resolve(prefix + "-labels-idx1-ubyte.gz"), gzip(labels));
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }
}
