package io.smartops.benchmarks.precision;

import io.smartops.control.Precision;
import io.smartops.control.PrecisionController;
import io.smartops.control.PrecisionObservation;
import io.smartops.control.tape.Tape;
import io.smartops.loop.PrecisionPlanner;
import io.smartops.loop.RunLog;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a step cost that does not use autocast? All that is done for the choice of a precision
 * in one whole batch, the two readings of the clock included; the baseline is one reading.
 *
 * <pre>
 * ./mvnw -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' org.openjdk.jmh.Main \
 *     UnusedAutocastBenchmark
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class UnusedAutocastBenchmark {
  private final RunLog log = new RunLog(List.of(), System::nanoTime);
  private final PrecisionPlanner fixed =
      new PrecisionPlanner(PrecisionController.fixed(Precision.FP32), log, Tape.NONE);
  private final PrecisionPlanner resting =
      new PrecisionPlanner(PrecisionController.choosing(List.of()), log, Tape.NONE);

  /** One reading of the clock. */
  @Benchmark
  public long clock() {
    return System.nanoTime();
  }

  /** A step with float32 fixed. */
  @Benchmark
  public Precision fixed() {
    return step(fixed);
  }

  /** A step under AUTO with nothing to choose. */
  @Benchmark
  public Precision resting() {
    return step(resting);
  }

  private static Precision step(PrecisionPlanner planner) {
    Precision precision = planner.next();
    planner.planned(128, 128);
    if (planner.wantsComparison()) {
      throw new IllegalStateException("there is nothing to compare");
    }
    long begin = System.nanoTime();
    planner.done(
        new PrecisionObservation(
            precision,
            128,
            System.nanoTime() - begin + 1,
            !planner.isChoosing(),
            OptionalDouble.empty()));
    return precision;
  }
}
