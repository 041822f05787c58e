package io.smartops.djl;

import io.smartops.SmartTrainer;
import io.smartops.control.MicroBatchLimits;
import io.smartops.djl.FailureRun.Failure;
import io.smartops.djl.FailureRun.Outcome;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever fails and however often: the result is that of the final plan. */
class FailurePropertyTest {
  private static final int BATCHES = 4;

  /** More at the same place would leave a step, or a micro-batch of one sample, no way out. */
  private static final int MOST_FAILURES = 3;

  @Property(tries = 60, seed = "20240611")
  void failuresNeverChangeTheResult(
      @ForAll("models") Scenario scenario,
      @ForAll("limits") MicroBatchLimits limits,
      @ForAll("failures") Set<Failure> failures) {
    FailureRun run =
        new FailureRun(
            scenario,
            (trainer, batch, index) -> ((SmartTrainer) trainer).trainBatch(batch),
            limits,
            BATCHES,
            1);
    Outcome failed = run.failing(List.copyOf(failures));
    failed.assertSameAs(run.clean(failed.caps()), failures.toString());
  }

  @Provide
  Arbitrary<Scenario> models() {
    return Arbitraries.of(
            Scenarios.dropoutMlp(),
            Scenarios.batchNormCnn(),
            Scenarios.mlp().withLoss("contrastive", b -> new Scenarios.ContrastiveLoss()))
        .map(scenario -> scenario.withOptimizer(Scenario.adam()));
  }

  @Provide
  Arbitrary<MicroBatchLimits> limits() {
    return Arbitraries.of(
        MicroBatchLimits.ANY, new MicroBatchLimits(16, 16), new MicroBatchLimits(2, 20));
  }

  @Provide
  Arbitrary<Set<Failure>> failures() {
    Arbitrary<Failure> failure =
        Combinators.combine(
                Arbitraries.integers().between(0, BATCHES - 1),
                Arbitraries.integers().between(0, 30))
            .as(Failure::new);
    return failure.list().ofMaxSize(MOST_FAILURES).map(HashSet::new);
  }
}
