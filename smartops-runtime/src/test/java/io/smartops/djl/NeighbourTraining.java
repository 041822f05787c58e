package io.smartops.djl;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import com.sun.jna.Memory;
import io.smartops.SmartOpsConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Trains in a control group while a neighbour, a process in the same group, takes memory and gives
 * it back. Prints the micro-batch before, meanwhile and after.
 */
public final class NeighbourTraining {
  static final int BATCH = 2_048;

  /** More than a whole batch takes, which is about 100 MiB. */
  private static final long GROUP_ROOM_BYTES = 400L << 20;

  private static final long TAKEN_BYTES = 280L << 20;
  private static final int MOST_STEPS = 1_000;

  private NeighbourTraining() {}

  public static void main(String[] arguments) throws IOException {
    Engine.getInstance().setRandomSeed(Scenario.SEED);
    SmartOpsConfig options = SmartOpsConfig.builder().optMemoryFraction(0.95).build();
    try (Neighbour neighbour = new Neighbour();
        Model model = Model.newInstance("neighbour", "PyTorch")) {
      model.setBlock(LimitedTraining.block());
      new MemoryGroup(Path.of(arguments[0])).limitTo(GROUP_ROOM_BYTES);
      try (AdaptiveTrainer trainer =
          AdaptiveTrainer.create(
              model, new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()), options)) {
        trainer.initialize(new Shape(BATCH, 16));
        System.out.println("before=" + trainUntil(trainer, size -> size == BATCH));
        neighbour.tell("take");
        System.out.println("meanwhile=" + trainUntil(trainer, size -> size <= BATCH / 2));
        neighbour.tell("give");
        System.out.println("after=" + trainUntil(trainer, size -> size == BATCH));
        System.out.println("outOfMemory=" + trainer.stats().outOfMemoryErrors());
        trainer.stats().decisions().forEach(decision -> System.out.println(decision.describe()));
      }
    }
  }

  /** Trains until the micro-batch is as wanted; returns the last one. */
  private static int trainUntil(AdaptiveTrainer trainer, IntPredicate goal) {
    for (int step = 0; step < MOST_STEPS; step++) {
      NDManager manager = trainer.getManager().newSubManager();
      try (Batch batch = LimitedTraining.batch(manager, BATCH)) {
        trainer.trainBatch(batch);
        trainer.step();
      }
      if (goal.test(trainer.stats().microBatch())) {
        break;
      }
    }
    return trainer.stats().microBatch();
  }

  /** The neighbour, seen from here: it answers each line once it has done what the line says. */
  private static final class Neighbour implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;

    Neighbour() throws IOException {
      ProcessBuilder builder =
          new ProcessBuilder(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx16m",
                  "-XX:+UseSerialGC",
                  Taker.class.getName()));
      process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      answers =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
      tell("give"); // it is up
    }

    void tell(String line) throws IOException {
      OutputStream out = process.getOutputStream();
      out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      out.flush();
      if (!"done".equals(answers.readLine())) {
        throw new IOException("the neighbour has died");
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }

  /** The neighbour's own program. */
  static final class Taker {
    private Taker() {}

    public static void main(String[] arguments) throws IOException {
      BufferedReader orders =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      Memory block = new Memory(1);
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        block.close();
        block = new Memory(order.equals("take") ? TAKEN_BYTES : 1);
        block.clear();
        System.out.println("done");
      }
    }
  }
}
