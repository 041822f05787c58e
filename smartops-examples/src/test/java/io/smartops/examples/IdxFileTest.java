package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class IdxFileTest {

  @Property(tries = 200, seed = "1")
  void whatWasWrittenIsRead(@ForAll("shapes") int[] shape, @ForAll @Size(60) byte[] noise)
      throws IOException {
    byte[] values = Arrays.copyOf(noise, product(shape));

    IdxFile file = read(IdxBytes.of(0x800 | shape.length, shape, values), shape.length);

    assertThat(file.bytes()).isEqualTo(values);
    for (int axis = 0; axis < shape.length; axis++) {
      assertThat(file.size(axis)).isEqualTo(shape[axis]);
    }
  }

  @Property(tries = 200, seed = "1")
  void everyProperPrefixIsTruncated(@ForAll("shapes") int[] shape, @ForAll("shares") double share) {
    byte[] whole = IdxBytes.of(0x800 | shape.length, shape, new byte[product(shape)]);
    byte[] part = Arrays.copyOf(whole, (int) (share * whole.length));

    assertThatThrownBy(() -> read(part, shape.length))
        .isInstanceOf(EOFException.class)
        .hasMessageStartingWith("digits is truncated: expected ");
  }

  @Provide
  Arbitrary<int[]> shapes() {
    return Arbitraries.integers().between(1, 3).array(int[].class).ofMinSize(1).ofMaxSize(3);
  }

  @Provide
  Arbitrary<Double> shares() {
    return Arbitraries.doubles().between(0, true, 1, false);
  }

  @Test
  void anotherTypeOrRankIsNamed() {
    assertThatThrownBy(() -> read(IdxBytes.labels(1, 2), 3))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "digits must start with 0x00000803 (IDX, unsigned bytes, dimensions: 3),"
                + " but starts with 0x00000801");
  }

  @Test
  void whatFollowsTheValuesIsRefused() {
    byte[] longer = Arrays.copyOf(IdxBytes.labels(1, 2), 11);

    assertThatThrownBy(() -> read(longer, 1))
        .isInstanceOf(IOException.class)
        .hasMessage("digits must hold 2 bytes (2) after its header, but holds more");
  }

  @Test
  void aMissingPartSaysHowMuchWasExpected() {
    byte[] shorter = Arrays.copyOf(IdxBytes.images(2, 3, 4), 16 + 23);

    assertThatThrownBy(() -> read(shorter, 3))
        .hasMessage("digits is truncated: expected 24 bytes (2 × 3 × 4), but only 23 are left");
  }

  @Test
  void sizesBeyondAnArrayAreRefusedBeforeTheyAreAllocated() {
    byte[] negative = IdxBytes.of(0x801, new int[] {-1}, new byte[0]);
    byte[] huge = IdxBytes.of(0x803, new int[] {70_000, 70_000, 1}, new byte[0]);

    assertThatThrownBy(() -> read(negative, 1))
        .hasMessage("digits: dimension 0 must be at most 2147483647, but is 4294967295");
    assertThatThrownBy(() -> read(huge, 3))
        .hasMessage("digits: 70000 × 70000 × 1 bytes are more than a Java array holds");
  }

  private static IdxFile read(byte[] bytes, int rank) throws IOException {
    return IdxFile.read("digits", new ByteArrayInputStream(bytes), rank);
  }

  private static int product(int[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }
}
