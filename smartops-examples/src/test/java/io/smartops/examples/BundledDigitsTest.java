package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What data/README.md says about the digits. */
class BundledDigitsTest {

  @ParameterizedTest
  @CsvSource({"train, 8500", "t10k, 1500"})
  void everyClassHasAboutATenth(String prefix, int count) throws IOException {
    int[] digitsOfClass = new int[10];
    for (byte digit : labels(prefix).bytes()) {
      digitsOfClass[digit]++;
    }

    assertThat(labels(prefix).size(0)).isEqualTo(images(prefix).size(0)).isEqualTo(count);
    for (int digits : digitsOfClass) {
      assertThat(digits).isBetween(count * 8 / 100, count * 12 / 100);
    }
  }

  @Test
  void noImageOccursTwice() throws IOException {
    Set<ByteBuffer> seen = new HashSet<>();
    for (String prefix : List.of("train", "t10k")) {
      byte[] pixels = images(prefix).bytes();
      for (int start = 0; start < pixels.length; start += 784) {
        seen.add(ByteBuffer.wrap(pixels, start, 784));
      }
    }

    assertThat(seen).hasSize(10_000);
  }

  @ParameterizedTest
  @MethodSource("checksums")
  void theContentsAreThoseThatWereConverted(String line)
      throws IOException, NoSuchAlgorithmException {
    String name = line.substring(line.lastIndexOf(' ') + 1);
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (InputStream file = new GZIPInputStream(resource("mnist/" + name + ".gz"))) {
      sha256.update(file.readAllBytes());
    }

    assertThat(line).startsWith(HexFormat.of().formatHex(sha256.digest()));
  }

  static List<String> checksums() throws IOException {
    try (InputStream sums = resource("mnist/SHA256SUMS")) {
      List<String> lines = new String(sums.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(lines).hasSize(4);
      return lines;
    }
  }

  private static InputStream resource(String name) {
    return BundledDigitsTest.class.getResourceAsStream(name);
  }

  private static IdxFile images(String prefix) throws IOException {
    return IdxSource.BUNDLED.read(prefix + "-images-idx3-ubyte", 3);
  }

  private static IdxFile labels(String prefix) throws IOException {
    return IdxSource.BUNDLED.read(prefix + "-labels-idx1-ubyte", 1);
  }
}
