package io.smartops.benchmarks.loader;

import io.smartops.control.LoaderBuildTimes;
import io.smartops.control.LoaderController;
import io.smartops.control.LoaderLimits;
import io.smartops.control.tape.Tape;
import io.smartops.loop.IdleCores;
import io.smartops.loop.LoaderLoop;
import io.smartops.prefetch.PrefetchEngine;
import io.smartops.prefetch.PrefetchOptions;
import io.smartops.prefetch.PrefetchSettings;
import io.smartops.prefetch.PrefetchTask;
import java.util.Iterator;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does the training thread pay to take a batch from the loader? The time of one {@code next()}
 * whose item costs nothing to build, with the policy asked each time, as in training. With 0
 * workers the training thread builds it itself; with 2 it takes what others built, and wakes them.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:java \
 *   -Dexec.mainClass=org.openjdk.jmh.Main -Dexec.args="HandOverBenchmark"
 * </pre>
 */
@SuppressWarnings("NullAway.Init") // JMH calls open() before anything else.
@State(Scope.Thread)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HandOverBenchmark {
  private static final LoaderBuildTimes TIMES =
      new LoaderBuildTimes(1_000, 0, 0, 1_000, OptionalLong.of(1_000));

  private static final Executor THREADS =
      task -> {
        Thread thread = new Thread(task, "hand-over");
        thread.setDaemon(true);
        thread.start();
      };

  /** Worker threads. */
  @Param({"0", "2"})
  public int workers;

  private PrefetchEngine<Integer> engine;
  private LoaderLoop<Integer> loop;

  /** Opens an endless loader with settings that stay. */
  @Setup(Level.Iteration)
  public void open() {
    PrefetchTask<Integer> task = hold -> 1;
    Iterator<PrefetchTask<Integer>> source = Stream.generate(() -> task).iterator();
    int depth = 8;
    engine =
        new PrefetchEngine<>(
            source,
            new PrefetchSettings(workers, depth),
            new PrefetchOptions(1 << 20, false, THREADS),
            item -> 1,
            item -> {});
    LoaderLimits limits =
        new LoaderLimits(workers, workers, depth, depth + 1, 1 << 20, 2, 1, false);
    loop =
        new LoaderLoop<>(
            engine,
            new LoaderController(limits),
            item -> TIMES,
            System::nanoTime,
            new IdleCores(System::nanoTime),
            threads -> {},
            decision -> {},
            Tape.NONE);
  }

  /** Ends its threads. */
  @TearDown(Level.Iteration)
  public void close() {
    engine.close();
  }

  /** One batch from the loader to the training thread. */
  @Benchmark
  public Integer next() throws InterruptedException, ExecutionException {
    return loop.next().orElseThrow();
  }
}
