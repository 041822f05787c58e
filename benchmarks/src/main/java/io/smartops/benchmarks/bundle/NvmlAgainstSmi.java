package io.smartops.benchmarks.bundle;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares each reading with nvidia-smi's.
 *
 * <p>It fails where two values differ by more than their tolerance, or nvidia-smi has a value that
 * this library has not. A value that only this library has is listed.
 */
final class NvmlAgainstSmi implements Check {

  @Override
  public String name() {
    return "nvml-readings";
  }

  @Override
  public String question() {
    return "do NVML readings agree with nvidia-smi?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(3);
  }

  @Override
  public Finding run(Stages stages) {
    stages.begin("open NVML");
    return NvmlAccess.with(nvml -> compare(nvml, stages));
  }

  private static Finding compare(Nvml nvml, Stages stages) {
    stages.begin("nvidia-smi");
    Optional<Smi> smi = Smi.read(SmiField.TABLE.stream().map(SmiField::name).toList());
    stages.begin("compare");
    return smi.map(present -> compare(nvml, present))
        .orElseGet(
            () -> Finding.cannotRun("NVML answers, but nvidia-smi is missing or gives no table"));
  }

  static Finding compare(Nvml nvml, Smi smi) {
    Comparison comparison = new Comparison();
    comparison.system(nvml);
    List<Map<String, String>> rows = smi.table().rows();
    for (int gpu = 0; gpu < rows.size(); gpu++) {
      Map<String, String> tree = gpu < smi.tree().size() ? smi.tree().get(gpu) : Map.of();
      comparison.device(device(nvml, rows.get(gpu)), smi.known(), rows.get(gpu), tree);
    }
    return comparison.finding(rows.size());
  }

  private static Reading<GpuDevice> device(Nvml nvml, Map<String, String> row) {
    return nvml.deviceByUuid(row.getOrDefault("uuid", ""));
  }

  /** Collects what agrees and what does not. */
  private static final class Comparison {
    private final JsonArray values = new JsonArray();
    private final List<String> wrong = new ArrayList<>();
    private final JsonObject figures = new JsonObject();
    private int agreed;

    void system(Nvml nvml) {
      figures.addProperty("driver", nvml.driverVersion().toString());
      figures.addProperty("nvml", nvml.nvmlVersion().toString());
      figures.addProperty("cuda", nvml.cudaDriverVersion().toString());
    }

    void device(
        Reading<GpuDevice> found,
        List<String> known,
        Map<String, String> row,
        Map<String, String> tree) {
      if (!found.isPresent()) {
        wrong.add("device " + row.get("uuid") + " is " + found);
        return;
      }
      GpuDevice device = found.orElseThrow();
      SmiField.TABLE.stream()
          .filter(field -> known.contains(field.name()))
          .forEach(field -> value(field, row.getOrDefault(field.name(), ""), device));
      SmiField.TREE.forEach(field -> value(field, inTree(field, tree), device));
    }

    private static String inTree(SmiField field, Map<String, String> tree) {
      return tree.getOrDefault(field.name().replaceFirst("^/", ""), "");
    }

    private void value(SmiField field, String theirs, GpuDevice device) {
      Reading<String> ours = field.ours().apply(device);
      boolean absent = theirs.isEmpty();
      boolean right = absent || ours.map(mine -> field.agree(theirs, mine)).orElse(false);
      JsonObject value = new JsonObject();
      value.addProperty("field", field.name());
      value.addProperty("nvidiaSmi", absent ? "N/A" : theirs);
      value.addProperty("nvml", ours.toString());
      String outcome = right ? "agrees" : "differs";
      value.addProperty("outcome", absent ? "nvidia-smi has none" : outcome);
      values.add(value);
      if (!right) {
        wrong.add("%s: %s, but nvidia-smi says %s".formatted(field.name(), ours, theirs));
      } else if (!absent) {
        agreed++;
      }
    }

    Finding finding(int gpus) {
      figures.add("values", values);
      String summary =
          wrong.isEmpty()
              ? "%d values agree on %d GPU(s), driver %s"
                  .formatted(agreed, gpus, figures.get("driver").getAsString())
              : "%d agree, %d do not; first: %s".formatted(agreed, wrong.size(), wrong.get(0));
      return Finding.of(wrong.isEmpty() && agreed > 0, summary, figures);
    }
  }
}
