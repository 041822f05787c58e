package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionTest {

  @ParameterizedTest
  @CsvSource({
    "512, 512, 512",
    "512, 511, 256",
    "512, 200, 171",
    "10, 4, 4",
    "9, 4, 3",
    "5, 100, 5",
    "1, 1, 1"
  })
  void partsAreBalanced(int samples, int cap, int largest) {
    assertThat(new Partition(MicroBatchLimits.ANY).largest(samples, cap)).isEqualTo(largest);
  }

  @Test
  void aLeastOfTwoNeverLeavesASingleSample() {
    Partition partition = new Partition(new MicroBatchLimits(2, 100));
    assertThat(partition.largest(3, 2)).isEqualTo(3);
    assertThat(sizes(partition, 7, 2)).containsExactly(3, 2, 2);
    assertThat(partition.largest(1, 2)).isEqualTo(1);
  }

  @Test
  void aFixedSizeIsAnUpperBoundOnly() {
    assertThat(sizes(new Partition(new MicroBatchLimits(8, 8)), 20, 8)).containsExactly(7, 7, 6);
  }

  @Test
  void theLargestIntegersDoNotOverflow() {
    Partition partition = new Partition(MicroBatchLimits.ANY);
    assertThat(partition.largest(Integer.MAX_VALUE, Integer.MAX_VALUE))
        .isEqualTo(Integer.MAX_VALUE);
    assertThat(partition.parts(Integer.MAX_VALUE, 1)).isEqualTo(Integer.MAX_VALUE);
  }

  @Property(seed = "20261122")
  void sizesSumUpAndNeverGrowAndStayWithinBounds(
      @ForAll @IntRange(min = 1, max = 2000) int samples,
      @ForAll @IntRange(min = 1, max = 2000) int cap,
      @ForAll @IntRange(min = 1, max = 40) int min,
      @ForAll @IntRange(min = 0, max = 2000) int range) {
    Partition partition = new Partition(new MicroBatchLimits(min, min + range));
    int bounded = partition.clamp(cap);
    List<Integer> sizes = sizes(partition, samples, bounded);

    assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(samples);
    assertThat(sizes).allMatch(size -> size <= min + range);
    assertThat(sizes).hasSize(partition.parts(samples, bounded));
    assertThat(sizes.get(0) - sizes.get(sizes.size() - 1)).isBetween(0, 1);
    if (range >= min && samples >= min) {
      assertThat(sizes).allMatch(size -> size >= min);
    }
  }

  private static List<Integer> sizes(Partition partition, int samples, int cap) {
    List<Integer> sizes = new ArrayList<>();
    for (int remaining = samples; remaining > 0; remaining -= sizes.get(sizes.size() - 1)) {
      sizes.add(partition.largest(remaining, cap));
    }
    return sizes;
  }
}
