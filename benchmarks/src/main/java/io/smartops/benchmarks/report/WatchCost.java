package io.smartops.benchmarks.report;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.translate.StackBatchifier;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import io.smartops.report.console.ConsoleMode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.commons.math3.stat.descriptive.DescriptiveStatistics;

/**
 * What does watching cost a small CNN's step? At most 0.5 %.
 *
 * <p>Two trainers of the same model take steps in turn, in an order drawn anew each time; one of
 * them has report, live page (one page open), metrics, console and flight recorder events. The
 * quotient of their median step times is taken twice, the watched one made first and made second,
 * since the second of two equal trainers was measured 3 % slower than the first; the geometric mean
 * of both is the answer. Controls are the same with neither watched. The parts are also counted on
 * their own: CPU time of the watching threads, and what the training thread spends in one step's
 * listeners.
 *
 * <pre>
 * ./mvnw -q -DskipTests install &amp;&amp; ./mvnw -q -pl benchmarks exec:java \
 *   -Dexec.mainClass=io.smartops.benchmarks.report.WatchCost
 * </pre>
 */
public final class WatchCost {
  private static final int BATCH = 32;
  private static final int SIDE = 28;
  private static final int CLASSES = 10;
  private static final int WARM_UP_STEPS = 100;
  private static final int PAIRS = 6;
  private static final int STEPS_OF_A_PAIR = 200;
  private static final int PORT = 18_090;
  private static final int SEED = 5;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double PERCENT = 100;

  private static final SmartOpsConfig NOTHING =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();

  private final Random random = new Random(SEED);
  private final DescriptiveStatistics stepMillis = new DescriptiveStatistics();
  private final DescriptiveStatistics threadShares = new DescriptiveStatistics();
  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final NDArray images;
  private final NDArray labels;

  private WatchCost() {
    float[] pixels = new float[BATCH * SIDE * SIDE];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    images = manager.create(pixels, new Shape(BATCH, 1, SIDE, SIDE));
    labels = manager.arange((float) BATCH).mod(CLASSES);
  }

  /** Prints the figures. */
  public static void main(String[] args) throws Exception {
    System.setProperty("ai.djl.offline", "true");
    new WatchCost().run();
  }

  private void run() throws Exception {
    Path folder = Files.createTempDirectory("watch-cost");
    DescriptiveStatistics watched = new DescriptiveStatistics();
    DescriptiveStatistics controls = new DescriptiveStatistics();
    for (int pair = 0; pair < PAIRS; pair++) {
      SmartOpsConfig everything = everything(folder.resolve("report-%d.html".formatted(pair)));
      controls.addValue(quotient(NOTHING, false));
      watched.addValue(quotient(everything, true));
    }
    print(watched, controls);
  }

  private double quotient(SmartOpsConfig options, boolean watched) throws Exception {
    double second = quotient(NOTHING, options, watched);
    return Math.sqrt(second / quotient(options, NOTHING, watched));
  }

  private static SmartOpsConfig everything(Path report) {
    return SmartOpsConfig.builder()
        .optPrecision(PrecisionPolicy.FP32)
        .optName("watched")
        .optReport(report)
        .optDashboardPort(PORT)
        .optMeterRegistry(new SimpleMeterRegistry())
        .optConsole(ConsoleMode.PLAIN)
        .build();
  }

  /** Median step time of a trainer made second in median step times of one made first. */
  private double quotient(SmartOpsConfig first, SmartOpsConfig second, boolean watched)
      throws Exception {
    try (Model firstModel = model();
        Model secondModel = model();
        SmartTrainer firstTrainer = trainer(firstModel, first);
        SmartTrainer secondTrainer = trainer(secondModel, second)) {
      if (watched) {
        openPage();
      }
      for (int i = 0; i < WARM_UP_STEPS; i++) {
        step(firstTrainer);
        step(secondTrainer);
      }
      return compare(firstTrainer, secondTrainer);
    }
  }

  private double compare(SmartTrainer first, SmartTrainer second) {
    DescriptiveStatistics firstTimes = new DescriptiveStatistics();
    DescriptiveStatistics secondTimes = new DescriptiveStatistics();
    long cpuBefore = watchingCpuNanos();
    long wallBefore = System.nanoTime();
    for (int i = 0; i < STEPS_OF_A_PAIR; i++) {
      if (random.nextBoolean()) {
        firstTimes.addValue((double) step(first));
        secondTimes.addValue((double) step(second));
      } else {
        secondTimes.addValue((double) step(second));
        firstTimes.addValue((double) step(first));
      }
    }
    long cpu = watchingCpuNanos() - cpuBefore;
    if (cpu > 0) {
      threadShares.addValue(PERCENT * (double) cpu / (System.nanoTime() - wallBefore));
    }
    double median = firstTimes.getPercentile(50);
    stepMillis.addValue(median / NANOS_PER_MILLI);
    return secondTimes.getPercentile(50) / median;
  }

  private void print(DescriptiveStatistics watched, DescriptiveStatistics controls) {
    System.out.printf(
        "%d cores, Java %s, %d pairs of trainers twice, %d pairs of steps each%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        PAIRS,
        STEPS_OF_A_PAIR);
    System.out.printf("a step: median %.3f ms%n", stepMillis.getPercentile(50));
    print("watched ÷ not", watched);
    print("control, not watched ÷ not", controls);
    System.out.printf("watching threads: %.3f %% of one core%n", threadShares.getPercentile(50));
    double listeners = ListenerCost.nanosPerStep();
    System.out.printf(
        "listeners on the training thread: %.0f ns a step, %.4f %% of it%n",
        listeners, PERCENT * listeners / (stepMillis.getPercentile(50) * NANOS_PER_MILLI));
  }

  private static void print(String what, DescriptiveStatistics ratios) {
    System.out.printf(
        "%s: median %+.2f %%, quartiles %+.2f %% to %+.2f %%, %+.2f %% to %+.2f %% in all%n",
        what,
        PERCENT * (ratios.getPercentile(50) - 1),
        PERCENT * (ratios.getPercentile(25) - 1),
        PERCENT * (ratios.getPercentile(75) - 1),
        PERCENT * (ratios.getMin() - 1),
        PERCENT * (ratios.getMax() - 1));
  }

  private static long watchingCpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null)
        .filter(
            thread ->
                thread.getThreadName().startsWith("smartops-watch")
                    || thread.getThreadName().startsWith("smartops-dashboard"))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }

  /** A page that is open and reads, as a browser does. */
  private static void openPage() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:%d/events".formatted(PORT))).build();
    var unused =
        HttpClient.newHttpClient()
            .sendAsync(request, HttpResponse.BodyHandlers.ofLines())
            .thenAccept(response -> response.body().forEach(line -> {}));
  }

  private static Model model() {
    Model model = Model.newInstance("small-cnn", "PyTorch");
    model.setBlock(
        new SequentialBlock()
            .add(conv(16))
            .add(Activation::relu)
            .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
            .add(conv(32))
            .add(Activation::relu)
            .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
            .add(Blocks.batchFlattenBlock())
            .add(Linear.builder().setUnits(CLASSES).build()));
    return model;
  }

  private static Conv2d conv(int filters) {
    return Conv2d.builder()
        .setFilters(filters)
        .setKernelShape(new Shape(3, 3))
        .optPadding(new Shape(1, 1))
        .build();
  }

  private static SmartTrainer trainer(Model model, SmartOpsConfig options) {
    DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
    SmartTrainer trainer = (SmartTrainer) SmartOps.trainer(model, config, options);
    trainer.initialize(new Shape(BATCH, 1, SIDE, SIDE));
    return trainer;
  }

  /** One step; the time it took, in nanoseconds. */
  private long step(SmartTrainer trainer) {
    try (Batch batch = batch()) {
      long start = System.nanoTime();
      trainer.trainBatch(batch);
      trainer.step();
      return System.nanoTime() - start;
    }
  }

  private Batch batch() {
    NDManager own = manager.newSubManager();
    NDList data = new NDList(images.duplicate());
    NDList answers = new NDList(labels.duplicate());
    data.attach(own);
    answers.attach(own);
    return new Batch(own, data, answers, BATCH, new StackBatchifier(), new StackBatchifier(), 0, 1);
  }
}
