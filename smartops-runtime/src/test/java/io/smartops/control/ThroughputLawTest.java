package io.smartops.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThroughputLawTest {
  private static final int ANY = Integer.MAX_VALUE;

  /** Launching costs as much as 4 samples; beyond 64 samples the cache is left. */
  private static double cliff(int m) {
    return 4e6 + 1e6 * m * (m > 64 ? 1.4 : 1);
  }

  /** The larger the better. */
  private static double launch(int m) {
    return 30e6 + 1e6 * m;
  }

  private final List<Decision> decisions = new ArrayList<>();
  private final List<Integer> ran = new ArrayList<>();
  private final Random random = new Random(7);
  private double noise;
  private DoubleUnaryOperator drift = step -> 1;
  private long step;

  @Test
  void aBatchThatFitsIsSplitWhereTheCacheEnds() {
    ThroughputLaw law = law(true);
    run(law, 512, ANY, ThroughputLawTest::cliff, 40);
    assertThat(law.next(512, ANY)).isBetween(43, 64);
    assertThat(decisions).isNotEmpty();
  }

  @Test
  void aBatchThatFitsIsNotSplitForAGainBelowTheMargin() {
    ThroughputLaw law = law(true);
    run(law, 512, ANY, m -> 1e6 * m * (m > 256 ? 1.02 : 1), 1000);
    assertThat(law.next(512, ANY)).isEqualTo(512);
    assertThat(decisions).isEmpty();
  }

  @Test
  void whereSplittingIsForbiddenABatchThatFitsIsNeverSplit() {
    ThroughputLaw law = law(false);
    run(law, 512, ANY, ThroughputLawTest::cliff, 1000);
    assertThat(ran).containsOnly(512);
  }

  @Test
  void whereSplittingIsForbiddenABatchThatFitsAgainIsWholeWhateverWasFastestBefore() {
    ThroughputLaw law = law(false);
    run(law, 512, 256, ThroughputLawTest::cliff, 60);
    assertThat(law.next(512, 256)).isLessThan(256);
    law.begin(++step, 512, ANY, true);
    assertThat(law.next(512, ANY)).isEqualTo(512);
    law.begin(++step, 512, 256, true);
    assertThat(law.next(512, 256)).isLessThan(256);
  }

  @Test
  void whereMemoryMustSplitTheFastestSplitIsFoundAllTheSame() {
    ThroughputLaw law = law(false);
    run(law, 512, 256, ThroughputLawTest::cliff, 30);
    assertThat(law.next(512, 256)).isBetween(43, 64);
  }

  @Test
  void smallBatchesAreLeftAlone() {
    ThroughputLaw law = law(true);
    run(law, ThroughputLaw.LEAST_LOGICAL_SIZE - 1, ANY, ThroughputLawTest::cliff, 300);
    assertThat(ran).containsOnly(ThroughputLaw.LEAST_LOGICAL_SIZE - 1);
  }

  @Test
  void nothingIsComparedAtFirstNorWhileOthersAreTried() {
    ThroughputLaw law = law(true);
    for (int i = 0; i < 300; i++) {
      law.begin(++step, 512, ANY, step < ThroughputLaw.FIRST_BATCHES);
      assertThat(law.next(512, ANY)).isEqualTo(512);
      law.done(512, 1000);
      assertThat(law.batchDone(1000)).isEmpty();
    }
  }

  @Test
  void aSearchThatHasBegunWaitsWhileAnotherKnobIsTried() {
    ThroughputLaw law = law(true);
    run(law, 512, ANY, ThroughputLawTest::cliff, ThroughputLaw.FIRST_BATCHES + 1);
    assertThat(law.isTrying()).isTrue();
    for (int i = 0; i < 20; i++) {
      law.begin(++step, 512, ANY, false);
      assertThat(law.isTrying()).isFalse(); // so that the other knob's times count
      assertThat(law.next(512, ANY)).isEqualTo(512);
      law.done(512, (long) cliff(512));
      assertThat(law.batchDone((long) cliff(512))).isEmpty();
    }
    run(law, 512, ANY, ThroughputLawTest::cliff, 40);
    assertThat(law.next(512, ANY)).isBetween(43, 64);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.01, 0.03})
  void noiseAndDriftAreNoReasonToMove(double relative) {
    noise = relative;
    drift = s -> 1 + 0.3 * Math.sin(s / 40);
    ThroughputLaw law = law(true);
    run(law, 512, 128, m -> 1e6 * m, 2000);
    assertThat(decisions).as("%s", decisions).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void aDriftOfTheMachineDoesNotLookLikeAGain() {
    drift = s -> Math.pow(0.97, s); // every step is 3 % faster than the one before
    ThroughputLaw law = law(true);
    run(law, 512, ANY, m -> 1e6 * m, 100);
    assertThat(decisions).isEmpty();
  }

  @Test
  void atRestThereIsAtMostOneChangeInAHundredSteps() {
    noise = 0.05;
    ThroughputLaw law = law(true);
    run(law, 512, 256, ThroughputLawTest::launch, 60);
    int before = decisions.size();
    run(law, 512, 256, ThroughputLawTest::launch, 3000);
    long last = decisions.isEmpty() ? 0 : decisions.get(Math.max(0, before - 1)).step();
    for (Decision decision : decisions.subList(before, decisions.size())) {
      assertThat(decision.step() - last).isGreaterThanOrEqualTo(100);
      last = decision.step();
    }
  }

  @Test
  void anotherRegimeIsNoticedAndFollowed() {
    ThroughputLaw law = law(true);
    run(law, 512, 256, ThroughputLawTest::launch, 400);
    assertThat(law.next(512, 256)).isEqualTo(256);
    run(law, 512, 256, m -> 1.5 * cliff(m), 600);
    assertThat(law.next(512, 256)).isLessThan(256);
  }

  @ParameterizedTest
  @CsvSource({"1, 100", "3, 1000"})
  void aSearchThatCostMuchAndChangedNothingIsNotRepeatedSoon(double slow, int leastRest) {
    ThroughputLaw law = law(false);
    run(law, 512, 256, ThroughputLawTest::launch, ThroughputLaw.FIRST_BATCHES);
    while (law.isTrying()) {
      run(law, 512, 256, m -> slow * launch(m), 1);
    }
    int rest = 0;
    while (!law.isTrying() && rest < 1000) {
      run(law, 512, 256, ThroughputLawTest::launch, 1);
      rest++;
    }
    assertThat(decisions).isEmpty();
    assertThat(rest).isBetween(leastRest, 2 * leastRest);
  }

  @Test
  void oneSlowBatchAfterASearchIsNoOtherRegime() {
    ThroughputLaw law = law(true);
    run(law, 512, 256, ThroughputLawTest::launch, ThroughputLaw.FIRST_BATCHES);
    while (law.isTrying()) {
      run(law, 512, 256, ThroughputLawTest::launch, 1);
    }
    run(law, 512, 256, m -> 1.5 * launch(m), 1);
    for (int batch = 0; batch < 1.5 * ThroughputLaw.REST_BATCHES; batch++) {
      run(law, 512, 256, ThroughputLawTest::launch, 1);
      assertThat(law.isTrying()).isFalse();
    }
  }

  @Test
  void moreMemoryIsLookedAtAgain() {
    ThroughputLaw law = law(true);
    run(law, 512, 64, ThroughputLawTest::launch, 60);
    run(law, 512, ANY, ThroughputLawTest::launch, 150);
    assertThat(law.next(512, ANY)).isEqualTo(512);
  }

  @Test
  void theBestOfWhatWasComparedRunsOnUntilALargerSizeHasWon() {
    ThroughputLaw law = law(true);
    run(law, 512, 64, ThroughputLawTest::cliff, 60);
    assertThat(law.next(512, 64)).isEqualTo(64);
    ran.clear();
    run(law, 512, ANY, ThroughputLawTest::cliff, 300);
    assertThat(law.next(512, ANY)).isBetween(43, 64);
    assertThat(ran).as("only compared").filteredOn(size -> size == 512).hasSizeLessThan(12);
    assertThat(ran).contains(256, 128);
  }

  @Test
  void searchesThatMemoryEndsAreEverRarer() {
    ThroughputLaw law = law(false);
    run(law, 512, 256, ThroughputLawTest::launch, 60); // one search gets through
    int begun = 0;
    boolean tried = false;
    for (int batch = 0; batch < 1_000; batch++) {
      int memoryCap = tried ? 128 : 256; // whatever is compared takes up what memory allows
      run(law, 512, memoryCap, ThroughputLawTest::launch, 1);
      begun += law.isTrying() && !tried ? 1 : 0;
      tried = law.isTrying();
    }
    assertThat(begun).isBetween(2, 6);
  }

  @Test
  void everyLayoutCoversTheBatch() {
    for (int size : new int[] {32, 33, 65, 127, 500, 512, 1023}) {
      ran.clear();
      ThroughputLaw law = law(true);
      run(law, size, ANY, ThroughputLawTest::cliff, 200);
      assertThat(ran.stream().mapToInt(Integer::intValue).sum()).isEqualTo(200 * size);
    }
  }

  @Test
  void aModelThatNeedsSeveralSamplesAtOnceIsLeftAlone() {
    Partition pairs = new Partition(MicroBatchLimits.ANY, 2);
    ThroughputLaw law = new ThroughputLaw(Knob.MICRO_BATCH, pairs, true);
    run(law, 512, ANY, ThroughputLawTest::cliff, 300);
    assertThat(ran).containsOnly(512);
  }

  @Test
  void askingTwiceChangesNothing() {
    ThroughputLaw law = law(true);
    for (int i = 0; i < 60; i++) {
      law.begin(++step, 512, ANY, true);
      long total = 0;
      for (int remaining = 512; remaining > 0; ) {
        int size = law.next(remaining, ANY);
        assertThat(law.next(remaining, ANY)).isEqualTo(size);
        long nanos = (long) cliff(size);
        law.done(size, nanos);
        total += nanos;
        remaining -= size;
      }
      decisions.addAll(law.batchDone(total));
    }
    assertThat(law.next(512, ANY)).isBetween(43, 64);
  }

  @Test
  void whatDidNotRunAsPlannedTellsNothing() {
    ThroughputLaw law = law(true);
    for (int i = 0; i < 500; i++) {
      law.begin(++step, 512, ANY, true);
      law.next(512, ANY);
      law.done(7, 1);
      law.done(505, 1_000_000);
      assertThat(law.batchDone(1_000_001)).isEmpty();
    }
  }

  @Test
  void noSearchBeginsWithTheShortBatchThatEndsAPass() {
    ThroughputLaw law = law(true);
    for (int pass = 0; pass < 20; pass++) {
      run(law, 512, ANY, ThroughputLawTest::cliff, ThroughputLaw.FIRST_BATCHES - 1);
      run(law, 100, ANY, ThroughputLawTest::cliff, 1); // the first search would be due here
    }
    assertThat(decisions).isNotEmpty();
    assertThat(decisions.get(0).step()).isLessThan(40);
    law.begin(++step, 512, ANY, true);
    assertThat(law.next(512, ANY)).isBetween(43, 64);
  }

  /** The whole batch is as fast as 64 samples at once; 128 and 256 are slower. */
  private static double valley(int m) {
    return 1e6 * m * (m > 64 && m < 512 ? 1.3 : 1) + 1e6;
  }

  @Test
  void whereMemoryTakesTheWholeBatchAwayTheBestOfTheSweepRuns() {
    ThroughputLaw law = law(true);
    run(law, 512, ANY, ThroughputLawTest::valley, 60);
    assertThat(law.next(512, ANY)).isEqualTo(512);
    law.begin(++step, 512, 256, false);
    assertThat(law.next(512, 256)).isEqualTo(64);
    law.begin(++step, 100, 256, false);
    assertThat(law.cap(256)).as("the short batch that ends a pass is no other plan").isEqualTo(64);
    law.begin(++step, 512, 32, false);
    assertThat(law.next(512, 32)).isEqualTo(32);
    law.begin(++step, 512, ANY, false);
    assertThat(law.next(512, ANY)).isEqualTo(512);
    assertThat(decisions).isEmpty();
  }

  @Test
  void aSearchThatMemoryEndsAfterItsSweepIsNotRepeatedSoon() {
    ThroughputLaw law = law(true);
    int sweep = ThroughputLaw.FIRST_BATCHES + SizeSweep.BATCHES + 1;
    run(law, 512, ANY, ThroughputLawTest::valley, sweep);
    law.pause();
    ran.clear();
    run(law, 512, ANY, ThroughputLawTest::valley, ThroughputLaw.REST_BATCHES - 1);
    assertThat(ran).containsOnly(512);
    run(law, 512, ANY, ThroughputLawTest::valley, 10);
    assertThat(ran).contains(64);
  }

  @Test
  void anotherWayStartsWithTheSizeThatWonHereUntilItHasLookedItself() {
    ThroughputLaw law = law(true);
    run(law, 512, ANY, ThroughputLawTest::cliff, 40);
    ThroughputLaw other = law.anew();
    other.startWith(law.fastest());
    ran.clear();
    run(other, 512, ANY, ThroughputLawTest::launch, ThroughputLaw.FIRST_BATCHES - 1);
    assertThat(ran).allMatch(size -> size <= law.fastest());

    run(other, 512, ANY, ThroughputLawTest::launch, 60);
    assertThat(other.next(512, ANY)).isEqualTo(512);
    other.startWith(law.fastest());
    assertThat(other.next(512, ANY)).isEqualTo(512);
  }

  @Test
  void whereBatchesCannotBeSplitNoSizeIsTakenFromAnotherWay() {
    ThroughputLaw law = law(true);
    law.turnOff();
    law.startWith(64);
    law.begin(++step, 512, ANY, true);
    assertThat(law.next(512, ANY)).isEqualTo(512);
  }

  private void run(
      ThroughputLaw law, int size, int memoryCap, IntToDoubleFunction time, int batches) {
    for (int i = 0; i < batches; i++) {
      law.begin(++step, size, memoryCap, true);
      long total = 0;
      for (int remaining = size; remaining > 0; ) {
        int next = law.next(remaining, memoryCap);
        long nanos =
            (long) (time.applyAsDouble(next) * drift.applyAsDouble((double) step) * luck());
        law.done(next, nanos);
        ran.add(next);
        total += nanos;
        remaining -= next;
      }
      decisions.addAll(law.batchDone(total));
    }
  }

  private double luck() {
    return Math.exp(noise * random.nextGaussian());
  }

  private static ThroughputLaw law(boolean splitsWhole) {
    return new ThroughputLaw(Knob.MICRO_BATCH, new Partition(MicroBatchLimits.ANY), splitsWhole);
  }
}
