package io.smartops.report.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.OutOfMemoryEvent;
import io.smartops.OutOfMemoryEvent.Phase;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.report.history.SampleRun;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightEventsTest {
  @TempDir private Path folder;

  @Test
  void aRecordingHoldsEachKindOfEvent() throws IOException {
    FlightEvents events = new FlightEvents();
    Path file = folder.resolve("run.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      events.onStep(SampleRun.report(3, 128));
      events.onDecision(
          new Decision(4, Knob.PRECISION, "float32", "bfloat16", "faster", Map.of("gain", 1.7)));
      events.onOutOfMemory(new OutOfMemoryEvent(5, Phase.BACKWARD, 64, "no memory"));
      recording.dump(file);
    }

    Map<String, RecordedEvent> recorded =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().startsWith("io.smartops."))
            .collect(Collectors.toMap(e -> e.getEventType().getName(), Function.identity()));
    assertThat(recorded)
        .containsOnlyKeys(
            "io.smartops.Step",
            "io.smartops.DataWait",
            "io.smartops.Decision",
            "io.smartops.PrecisionTrial",
            "io.smartops.OutOfMemoryReplay");
    RecordedEvent step = recorded.get("io.smartops.Step");
    assertThat(step.getDuration("time")).isEqualTo(Duration.ofMillis(250));
    assertThat(step.getInt("microBatches")).isEqualTo(4);
    assertThat(recorded.get("io.smartops.DataWait").getDuration("waited"))
        .isEqualTo(Duration.ofMillis(8));
    assertThat(recorded.get("io.smartops.Decision").getString("knob")).isEqualTo("precision");
    assertThat(recorded.get("io.smartops.PrecisionTrial").getString("figures")).contains("1.7");
    assertThat(recorded.get("io.smartops.OutOfMemoryReplay").getString("phase"))
        .isEqualTo("BACKWARD");
  }
}
