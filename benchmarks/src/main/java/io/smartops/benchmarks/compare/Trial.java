package io.smartops.benchmarks.compare;

import com.google.gson.Gson;
import java.util.List;

/**
 * One run of one contender: what the process that runs it must know.
 *
 * @param workload name of the workload
 * @param condition what surrounds the run
 * @param contender who trains
 * @param setting the static setting; for the others, what they start from
 * @param batchSize the logical batch
 * @param steps optimizer steps
 * @param headroomBytes memory beyond what is in use before the trainer is made; 0: no limit
 * @param seed of the parameters and of the order of the data
 */
record Trial(
    String workload,
    Condition condition,
    Contender contender,
    Setting setting,
    int batchSize,
    int steps,
    long headroomBytes,
    int seed) {

  /** Who trains. */
  enum Contender {
    /** DJL alone, at its defaults. */
    PLAIN,
    /** SmartOps at its defaults. */
    SMART,
    /** A static setting: DJL alone and a loop by hand, or SmartOps with everything fixed. */
    STATIC
  }

  /** Steps that do not count. */
  int warmUpSteps() {
    return steps / 2;
  }

  /** The same run with another seed. */
  Trial withSeed(int other) {
    return new Trial(
        workload, condition, contender, setting, batchSize, steps, headroomBytes, other);
  }

  /** The same run where memory ends. */
  Trial withHeadroom(long bytes) {
    return new Trial(workload, condition, contender, setting, batchSize, steps, bytes, seed);
  }

  /** The same run with fewer or more steps. */
  Trial withSteps(int other) {
    return new Trial(
        workload, condition, contender, setting, batchSize, other, headroomBytes, seed);
  }

  static String toJson(List<Trial> trials) {
    return new Gson().toJson(trials);
  }

  static List<Trial> fromJson(String json) {
    return List.of(new Gson().fromJson(json, Trial[].class));
  }
}
