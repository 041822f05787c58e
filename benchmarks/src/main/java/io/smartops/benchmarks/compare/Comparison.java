package io.smartops.benchmarks.compare;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * All results of a comparison.
 *
 * @param machine what the latest of them were made on
 * @param commands what made them
 * @param cells condition by condition, workload by workload
 */
record Comparison(Machine machine, List<String> commands, List<CellResult> cells) {
  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /** Nothing yet. */
  static Comparison on(Machine machine) {
    return new Comparison(machine, List.of(), List.of());
  }

  /** With one more result, which takes the place of an older one of its cell. */
  Comparison with(CellResult result, String command) {
    List<CellResult> merged = new ArrayList<>(cells);
    merged.removeIf(older -> older.isOf(result.cell()));
    merged.add(result);
    merged.sort(
        Comparator.comparing((CellResult each) -> each.cell().condition())
            .thenComparing(each -> Load.ALL.indexOf(Load.of(each.cell().load().workload()))));
    LinkedHashSet<String> all = new LinkedHashSet<>(commands);
    all.add(command);
    return new Comparison(machine, List.copyOf(all), List.copyOf(merged));
  }

  static Comparison fromJson(String json) {
    return GSON.fromJson(json, Comparison.class);
  }

  String toJson() {
    return GSON.toJson(this);
  }
}
