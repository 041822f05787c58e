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
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartTrainer;
import io.smartops.report.console.ConsoleMode;
import java.io.IOException;
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

/**
 * What does watching cost a small CNN's step? At most 0.5 %.
 *
 * <p>Two trainers of the same model in one process, the second with report, live page (one page
 * open), metrics, console and flight recorder events: rounds of steps in turn, the order swapped
 * each round, and the ratio of each pair. Since a machine's noise may be more than the answer, the
 * parts are also counted on their own: CPU time of the watching threads, and what the training
 * thread spends in one step's listeners.
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
  private static final int WARM_UP_STEPS = 300;
  private static final int ROUNDS = 40;
  private static final int STEPS_OF_A_ROUND = 50;
  private static final int PORT = 18_090;
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double PERCENT = 100;

  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final NDArray images;
  private final NDArray labels;

  private WatchCost() {
    Random random = new Random(5);
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
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    SmartOpsConfig watched =
        SmartOpsConfig.builder()
            .optName("watched")
            .optReport(folder.resolve("report.html"))
            .optDashboardPort(PORT)
            .optMeterRegistry(registry)
            .optConsole(ConsoleMode.PLAIN)
            .build();
    try (Model plainModel = model();
        Model watchedModel = model();
        SmartTrainer plain = trainer(plainModel, SmartOpsConfig.builder().build());
        SmartTrainer withWatch = trainer(watchedModel, watched)) {
      openPage();
      steps(plain, WARM_UP_STEPS);
      steps(withWatch, WARM_UP_STEPS);
      compare(plain, withWatch);
    }
  }

  private void compare(SmartTrainer plain, SmartTrainer withWatch) throws IOException {
    double[] ratios = new double[ROUNDS];
    double[] plainMillis = new double[ROUNDS];
    long cpuBefore = watchingCpuNanos();
    long wallBefore = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      boolean plainFirst = round % 2 == 0;
      long first = steps(plainFirst ? plain : withWatch, STEPS_OF_A_ROUND);
      long second = steps(plainFirst ? withWatch : plain, STEPS_OF_A_ROUND);
      double without = plainFirst ? first : second;
      ratios[round] = (plainFirst ? second : first) / without;
      plainMillis[round] = without / STEPS_OF_A_ROUND / NANOS_PER_MILLI;
    }
    double wall = System.nanoTime() - wallBefore;
    double threads = (watchingCpuNanos() - cpuBefore) / wall;
    print(ratios, plainMillis, threads);
  }

  private static void print(double[] ratios, double[] plainMillis, double threads) {
    Arrays.sort(ratios);
    Arrays.sort(plainMillis);
    System.out.printf(
        "%d cores, Java %s, %d rounds of %d steps%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        ROUNDS,
        STEPS_OF_A_ROUND);
    System.out.printf("step without watching: median %.3f ms%n", plainMillis[ROUNDS / 2]);
    System.out.printf(
        "paired, watched ÷ not: median %+.2f %%, quartiles %+.2f %% to %+.2f %%%n",
        PERCENT * (ratios[ROUNDS / 2] - 1),
        PERCENT * (ratios[ROUNDS / 4] - 1),
        PERCENT * (ratios[3 * ROUNDS / 4] - 1));
    System.out.printf("watching threads: %.3f %% of one core%n", PERCENT * threads);
    double listeners = ListenerCost.nanosPerStep();
    System.out.printf(
        "listeners on the training thread: %.0f ns a step, %.4f %% of it%n",
        listeners, PERCENT * listeners / (plainMillis[ROUNDS / 2] * NANOS_PER_MILLI));
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

  /** Does {@code count} steps; the time they took, in nanoseconds. */
  private long steps(SmartTrainer trainer, int count) {
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      try (Batch batch = batch()) {
        trainer.trainBatch(batch);
        trainer.step();
      }
    }
    return System.nanoTime() - start;
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
