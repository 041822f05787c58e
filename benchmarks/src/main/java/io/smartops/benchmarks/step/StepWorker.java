package io.smartops.benchmarks.step;

import ai.djl.Model;
import ai.djl.engine.Engine;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * One trainer in a process of its own, as its users have it. For each line of its input it trains a
 * block of steps and answers with the milliseconds that a step took. Arguments: who trains, and the
 * job's name.
 */
final class StepWorker {
  /** What an answer begins with; other lines are the log's. */
  static final String ANSWER = "ms a step: ";

  /**
   * Steps of the smallest job before anything else. Most of the wrapper's methods run once a step,
   * and the JVM's optimizing compiler takes a method up after 5,000 calls: until then they run as
   * code that counts its calls, slower and larger.
   */
  private static final int COMPILED_STEPS = 20_000;

  private static final int SEED = 5;

  private static final SmartOpsConfig FLOAT32 =
      SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32).build();

  /** Who trains. */
  enum Who {
    PLAIN,
    WRAPPED
  }

  private StepWorker() {}

  public static void main(String[] args) throws IOException {
    Who who = Who.valueOf(args[0]);
    Engine.getInstance().setRandomSeed(SEED);
    try (StepRun small = run(who, StepJob.all().get(0))) {
      small.millisPerStep(COMPILED_STEPS);
    }
    StepJob job = StepJob.named(args[1]);
    try (StepRun run = run(who, job);
        BufferedReader asked =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (asked.readLine() != null) {
        System.out.println(ANSWER + run.millisPerStep(job.blockSteps()));
      }
    }
  }

  private static StepRun run(Who who, StepJob job) {
    return switch (who) {
      case PLAIN -> new StepRun(job, Model::newTrainer);
      case WRAPPED -> new StepRun(job, (model, config) -> SmartOps.trainer(model, config, FLOAT32));
    };
  }
}
