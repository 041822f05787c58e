package io.smartops.benchmarks.control;

import io.smartops.control.Amplifier;
import io.smartops.control.BatchController;
import io.smartops.control.Knob;
import io.smartops.control.LearningRateRule;
import io.smartops.control.MicroBatchController;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.Precision;
import io.smartops.control.PrecisionController;
import io.smartops.control.PrecisionObservation;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
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
 * What do the controllers cost in a logical step at rest, when nothing changes?
 *
 * <p>The baseline is the bar: 1 µs and 0 bytes for each. Memory wanders between two readings; a
 * batch of 512 samples is two micro-batches. {@link #measuredMicroBatch} is the exception to rest:
 * one micro-batch of 16 is measured, one of 160 with memory to spare. Run from the repository's
 * root, on an otherwise idle machine:
 *
 * <pre>
 * ./mvnw -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies \
 *     -DincludeGroupIds=io.smartops,org.openjdk.jmh,net.sf.jopt-simple,org.apache.commons
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' org.openjdk.jmh.Main \
 *     DecisionBenchmark -prof gc
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecisionBenchmark {
  private static final long MIB = 1 << 20;
  private static final int BATCH = 512;
  private static final int WARM_UP_BATCHES = 50;
  private static final long MICRO_BATCH_NANOS = 5_000_000;

  private static final OptionalLong[] HEADROOM = {
    OptionalLong.of(400 * MIB), OptionalLong.of(404 * MIB)
  };

  private final MicroBatchController memory =
      new MicroBatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY);
  private final BatchController batches =
      new BatchController(Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, false);
  private final PrecisionController precision = PrecisionController.fixed(Precision.FP32);
  private final PrecisionObservation computed =
      new PrecisionObservation(
          Precision.FP32, BATCH, 2 * MICRO_BATCH_NANOS, true, OptionalDouble.empty());
  private final Amplifier amplifier = new Amplifier(1 << 20, LearningRateRule.ADASCALE);
  private long step;

  /** Learns 1 MiB a sample and 10 MiB, so that 512 samples are two micro-batches. */
  public DecisionBenchmark() {
    batches.neverSplitForSpeed();
    for (int i = 0; i < WARM_UP_BATCHES; i++) {
      step++;
      memory.begin(step, BATCH, HEADROOM[0]);
      batches.begin(step, BATCH, HEADROOM[0], false);
      for (int left = BATCH; left > 0; ) {
        int size = memory.next(left);
        left -= size;
        memory.done(size, growth(size), MICRO_BATCH_NANOS);
        batches.done(size, growth(size), MICRO_BATCH_NANOS);
      }
      batches.batchDone(MICRO_BATCH_NANOS);
    }
  }

  private static OptionalLong growth(int size) {
    return OptionalLong.of((10 + size) * MIB);
  }

  /** The memory law through a logical batch. */
  @Benchmark
  public int memoryLawAtRest() {
    step++;
    int decisions = memory.begin(step, BATCH, HEADROOM[(int) (step & 1)]).size();
    for (int left = BATCH; left > 0; ) {
      int size = memory.next(left);
      left -= size;
      decisions += memory.headroom(HEADROOM[(int) (step & 1)]).size();
      decisions += memory.done(size, OptionalLong.empty(), MICRO_BATCH_NANOS).size();
    }
    return decisions;
  }

  /** Memory law, trust and a resting throughput law through a logical batch. */
  @Benchmark
  public int batchControllerAtRest() {
    step++;
    int decisions = batches.begin(step, BATCH, HEADROOM[(int) (step & 1)], true).size();
    for (int left = BATCH; left > 0; ) {
      int size = batches.next(left);
      left -= size;
      decisions += batches.headroom(HEADROOM[(int) (step & 1)]).size();
      decisions += batches.done(size, OptionalLong.empty(), MICRO_BATCH_NANOS).size();
    }
    return decisions + batches.batchDone(2 * MICRO_BATCH_NANOS).size();
  }

  /** A measured micro-batch, from which the memory law learns. */
  @Benchmark
  public int measuredMicroBatch() {
    int size = memory.next(BATCH);
    return memory.done(size, growth(size), MICRO_BATCH_NANOS).size();
  }

  /** The precision of a logical batch where none is to be chosen. */
  @Benchmark
  public List<?> precisionAtRest() {
    step++;
    precision.planned(BATCH, BATCH);
    return precision.done(step, computed);
  }

  /** Whether an update takes several batches. */
  @Benchmark
  public int amplifierAtRest() {
    int wanted = amplifier.batches(BATCH);
    amplifier.updated();
    return wanted;
  }
}
