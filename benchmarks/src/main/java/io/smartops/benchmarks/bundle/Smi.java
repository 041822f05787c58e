package io.smartops.benchmarks.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The host's nvidia-smi.
 *
 * @param known the fields of the table that this release knows
 * @param table its table
 * @param tree its long form
 */
record Smi(List<String> known, SmiTable table, List<Map<String, String>> tree) {
  private static final String COMMAND = "nvidia-smi";

  /** Asks for the fields; those that this release does not know are left out. */
  static Optional<Smi> read(List<String> wanted) {
    List<String> fields = new ArrayList<>(wanted);
    while (!fields.isEmpty()) {
      Optional<Commands.Ended> ended = Commands.run(query(fields));
      if (ended.isEmpty()) {
        return Optional.empty();
      }
      String output = ended.get().output();
      if (ended.get().exitCode() == 0) {
        String tree = Commands.output(List.of(COMMAND, "-q")).orElse("");
        return Optional.of(new Smi(fields, SmiTable.parse(fields, output), SmiTree.parse(tree)));
      }
      if (!SmiTable.unknownField(output).map(fields::remove).orElse(false)) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static List<String> query(List<String> fields) {
    return List.of(
        COMMAND, "--query-gpu=" + String.join(",", fields), "--format=csv,noheader,nounits");
  }
}
