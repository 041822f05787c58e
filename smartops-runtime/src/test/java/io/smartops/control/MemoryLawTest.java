package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryLawTest {
  private static final long MB = 1_000_000;

  /** Both margins: on the readings and on the reading to come. */
  private static final double MARGIN = (1 + MemoryLaw.NOISE) * (1 + MemoryLaw.NOISE);

  private MemoryLaw law;

  @BeforeEach
  void newLaw() {
    law = new MemoryLaw();
  }

  @Test
  void aSingleReadingIsBoundedByTheProportionalLaw() {
    law.observe(16, 160 * MB);
    assertThat(law.upper(64)).isCloseTo(640 * MB * MARGIN, within(1.0));
    assertThat(law.upper(8)).as("it may all be fixed").isCloseTo(160 * MB * MARGIN, within(1.0));
    assertThat(law.largest(640 * MB * MARGIN)).isCloseTo(64, within(1e-6));
  }

  @Test
  void twoSizesGiveTheLine() {
    observe(100, 1, 16, 32, 64, 128);
    assertThat(law.line().fixed()).isCloseTo(100.0 * MB, Percentage.withPercentage(1e-6));
    assertThat(law.line().perSample()).isCloseTo(1.0 * MB, Percentage.withPercentage(1e-6));
    assertThat(law.upper(128)).isBetween(228.0 * MB, 228 * MB * MARGIN + 1);
    assertThat(law.upper(256)).isBetween(356.0 * MB, 356 * MB * 1.2);
  }

  @Test
  void theFirstReadingDoesNotBendTheSlopeAndItsExcessIsReported() {
    law.observe(16, 316 * MB); // 300 MB of it are gradient buffers
    observe(0, 1, 32, 64);
    assertThat(law.line().perSample()).isCloseTo(1.0 * MB, Percentage.withPercentage(1e-6));
    assertThat(law.onceBytes()).isBetween(300.0 * MB, 302.0 * MB);
    law.newBatch();
    assertThat(law.onceBytes()).isZero();
  }

  @Test
  void lentLevelsHoldUntilItsOwnReadingsAreThere() {
    observe(10, 1, 16, 32, 64, 128);
    MemoryLaw lower = law.lent(4 * MB);
    assertThat(lower.upper(128)).isBetween(142.0 * MB, 142 * MB * 1.1);
    lower.observe(64, 60 * MB); // some of it is allocated once
    lower.observe(64, 39 * MB);
    assertThat(lower.upper(128)).isBetween(142.0 * MB, 142 * MB * 1.1);
    lower.observe(128, 71 * MB);
    assertThat(lower.upper(128)).isBetween(71.0 * MB, 71 * MB * 1.1);
    assertThat(lower.upper(1)).as("half of the fixed part").isLessThan(12 * MB);
    assertThat(law.upper(128)).as("the lender's").isBetween(138.0 * MB, 138 * MB * 1.1);
  }

  @Test
  void aLentLevelThatWasTooLowRisesAtOnce() {
    observe(10, 1, 16, 32, 64, 128);
    MemoryLaw lower = law.lent(0);
    lower.observe(128, 200 * MB);
    assertThat(lower.upper(128)).isGreaterThan(200 * MB);
  }

  @Test
  void readingsOfNothingSayNothing() {
    observe(0, 1, 16, 32, 64);
    double before = law.upper(512);
    for (int i = 0; i < 1000; i++) {
      law.observe(64, 0);
      law.observe(128, -5);
    }
    assertThat(law.upper(512)).isEqualTo(before);
    assertThat(new MemoryLaw().isKnown()).isFalse();
  }

  @Test
  void lowReadingsPullOnlySlowly() {
    observe(0, 1, 16, 32, 64);
    law.observe(64, MB);
    law.observe(128, MB);
    assertThat(law.upper(64)).isGreaterThan(0.95 * 64 * MB);
    assertThat(law.upper(128)).isGreaterThan(0.95 * 128 * MB);
  }

  @Test
  void longerSequencesAreFollowedAtOnceAndShorterOnesSlowly() {
    observe(0, 1, 16, 32, 64);
    observe(0, 3, 64);
    assertThat(law.upper(64)).isGreaterThan(3 * 64 * MB);
    assertThat(law.upper(32)).as("old readings no longer count").isGreaterThan(3 * 32 * MB);
    for (int i = 0; i < 300; i++) {
      observe(0, 1, 64);
    }
    assertThat(law.upper(64)).isBetween(64.0 * MB, 64 * MB * 1.1);
  }

  @Test
  void oneSizeAloneDoesNotForceTheSmallest() {
    observe(0, 1, 64, 64, 64, 64);
    assertThat(law.largest(32 * MB)).isBetween(14.0, 16.0);
    assertThat(law.largest(0)).isLessThan(1);
  }

  @Test
  void aChangedWorkloadKeepsTheShapeOfTheLaw() {
    observe(10, 1, 16, 32, 64, 128);
    law.observe(128, (long) (1.8 * 138 * MB));
    assertThat(law.line().fixed()).isCloseTo(18.0 * MB, Percentage.withPercentage(2));
    assertThat(law.line().perSample()).isCloseTo(1.8 * MB, Percentage.withPercentage(2));
    assertThat(law.largest(138.0 * MB)).isBetween(55.0, 67.0);
  }

  @Test
  void aFailureRaisesWhatIsBelieved() {
    observe(0, 1, 16, 32, 64);
    law.exceeded(128, 200 * MB);
    assertThat(law.upper(128)).isGreaterThan(200 * MB);
    assertThat(law.largest(200 * MB)).isLessThan(128);
  }

  @Test
  void stepsOfAnAllocatorAreCovered() {
    double quantum = 20.0 * MB;
    for (int size = 8; size <= 128; size += 8) {
      law.observe(size, (long) (Math.ceil(size * MB / quantum) * quantum));
    }
    for (int size = 40; size <= 128; size += 8) {
      assertThat(law.upper(size)).isGreaterThanOrEqualTo(Math.ceil(size * MB / quantum) * quantum);
    }
  }

  @Test
  void theBoundHoldsUnderTheNoiseThatItAllows() {
    for (int seed = 0; seed < 200; seed++) {
      MemoryLaw noisy = new MemoryLaw();
      Random random = new Random(seed);
      double fixed = random.nextDouble() * 1000;
      for (int size : new int[] {10, 16, 32, 64}) {
        double noise = 1 + MemoryLaw.NOISE * (2 * random.nextDouble() - 1);
        noisy.observe(size, (long) (MB * (fixed + size) * noise));
      }
      for (int size : new int[] {8, 48, 100, 500}) {
        assertThat(noisy.upper(size))
            .as("seed %d size %d", seed, size)
            .isGreaterThanOrEqualTo(MB * (fixed + size) * (1 + MemoryLaw.NOISE));
      }
    }
  }

  private void observe(double fixedMb, double perSampleMb, int... sizes) {
    for (int size : sizes) {
      law.observe(size, (long) (MB * (fixedMb + perSampleMb * size)));
    }
  }
}
