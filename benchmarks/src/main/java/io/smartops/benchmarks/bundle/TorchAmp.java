package io.smartops.benchmarks.bundle;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.smartops.PrecisionPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The transformer in mixed precision by SmartOps and by Python's torch.amp, on the same device, one
 * after the other: what a step takes in each. Figures only: the rivals run other releases of
 * libtorch.
 */
final class TorchAmp implements Check {
  private static final int WARM_UP_STEPS = 10;
  private static final int ROUNDS = 20;
  private static final int BATCH_ON_GPU = 128;
  private static final int BATCH_ON_CPU = 8;
  private static final String SCRIPT = "torch_amp.py";

  @Override
  public String name() {
    return "torch-amp";
  }

  @Override
  public String question() {
    return "how does a step in mixed precision compare with torch.amp's?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(5);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.FITTING_LIBTORCH);
  }

  @Override
  public Finding run(Stages stages) throws IOException {
    boolean cuda = TrainingHost.isCuda();
    int batch = cuda ? BATCH_ON_GPU : BATCH_ON_CPU;
    stages.begin("Python's torch");
    Optional<JsonObject> rival = rival(batch);
    if (rival.isEmpty()) {
      return Finding.cannotRun("python3 has no torch that trains");
    }
    JsonObject figures = rival.get();
    stages.begin("SmartOps");
    PrecisionPolicy lower = cuda ? PrecisionPolicy.FP16 : PrecisionPolicy.BF16;
    TrainingJob job = TrainingJob.transformer(batch);
    figures.addProperty("smartOpsFloat32Millis", millis(job, PrecisionPolicy.FP32));
    figures.addProperty("smartOpsMillis", millis(job, lower));
    double amp = figures.get("ampMillis").getAsDouble();
    double own = figures.get("smartOpsMillis").getAsDouble();
    return Finding.of(
        true,
        "%s; %s: %.2f ms a step by SmartOps, %.2f by torch.amp (%s, torch %s)"
            .formatted(
                TrainingHost.words(),
                lower,
                own,
                amp,
                figures.get("device").getAsString(),
                figures.get("torch").getAsString()),
        figures);
  }

  private static Optional<JsonObject> rival(int batch) throws IOException {
    try (InputStream script = TorchAmp.class.getResourceAsStream(SCRIPT)) {
      if (script == null) {
        throw new IOException(SCRIPT + " is missing from the jar");
      }
      String code = new String(script.readAllBytes(), StandardCharsets.UTF_8);
      List<String> command =
          List.of(
              "python3",
              "-c",
              code,
              Integer.toString(batch),
              Integer.toString(WARM_UP_STEPS),
              Integer.toString(ROUNDS));
      return Commands.output(command)
          .flatMap(output -> output.lines().filter(line -> line.startsWith("{")).findFirst())
          .map(line -> new Gson().fromJson(line, JsonObject.class));
    }
  }

  private static double millis(TrainingJob job, PrecisionPolicy precision) {
    try (TimedRun run = TimedRun.smart(job, precision)) {
      double[] nanos = new double[ROUNDS];
      for (int i = -WARM_UP_STEPS; i < ROUNDS; i++) {
        long step = run.step();
        if (i >= 0) {
          nanos[i] = step;
        }
      }
      Arrays.sort(nanos);
      return nanos[ROUNDS / 2] / 1e6;
    }
  }
}
