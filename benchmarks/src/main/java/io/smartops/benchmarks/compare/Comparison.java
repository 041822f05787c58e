package io.smartops.benchmarks.compare;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.List;

/**
 * All results of a comparison.
 *
 * @param machine what it was made on
 * @param command what made it
 * @param cells workload by workload, condition by condition
 */
record Comparison(Machine machine, String command, List<CellResult> cells) {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  String toJson() {
    return GSON.toJson(this);
  }
}
