package io.smartops.benchmarks.bundle;

import com.google.gson.JsonObject;
import io.smartops.nvml.GpmSession;
import io.smartops.nvml.GpuDevice;
import io.smartops.nvml.Nvml;
import io.smartops.nvml.reading.GpmMetric;
import io.smartops.nvml.reading.GpmWindow;
import io.smartops.nvml.reading.Reading;
import java.time.Duration;

/** Whether the performance monitor answers, with its units, as the host is just now. */
final class GpmIdle implements Check {
  private static final Duration WINDOW = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "gpm-units";
  }

  @Override
  public String question() {
    return "which performance-monitor metrics answer, and in which units?";
  }

  @Override
  public Duration timeout() {
    return Duration.ofMinutes(1);
  }

  @Override
  public Finding run(Stages stages) {
    stages.begin("open NVML");
    return NvmlAccess.with(nvml -> measure(nvml, stages));
  }

  private static Finding measure(Nvml nvml, Stages stages) {
    Reading<GpuDevice> gpu = nvml.device(0);
    stages.begin("open GPM");
    Reading<GpmSession> session = gpu.flatMap(GpuDevice::openGpm);
    if (!session.isPresent()) {
      return Finding.cannotRun("no performance monitor (Hopper or later): " + session);
    }
    try (GpmSession open = session.orElseThrow()) {
      stages.begin("window");
      return finding(GpmFigures.during(open, () -> GpmFigures.rest(WINDOW)));
    }
  }

  private static Finding finding(Reading<GpmWindow> window) {
    JsonObject figures = GpmFigures.of(window);
    if (!window.isPresent()) {
      return Finding.of(false, "no window: " + window, figures);
    }
    long present =
        window.orElseThrow().metrics().values().stream().filter(Reading::isPresent).count();
    String active = GpmFigures.words(window.orElseThrow().metric(GpmMetric.SM_ACTIVE));
    return Finding.of(present > 0, present + " metrics answer; SM active " + active, figures);
  }
}
