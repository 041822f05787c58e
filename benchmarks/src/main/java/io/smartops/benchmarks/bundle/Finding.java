package io.smartops.benchmarks.bundle;

import com.google.gson.JsonObject;

/**
 * What a check found.
 *
 * @param verdict how it ended
 * @param summary one line: the figure that matters, or the reason
 * @param figures everything measured
 */
record Finding(Verdict verdict, String summary, JsonObject figures) {

  static Finding cannotRun(String reason) {
    return new Finding(Verdict.CANNOT_RUN, reason, new JsonObject());
  }

  static Finding of(boolean holds, String summary, JsonObject figures) {
    return new Finding(holds ? Verdict.PASSED : Verdict.FAILED, summary, figures);
  }
}
