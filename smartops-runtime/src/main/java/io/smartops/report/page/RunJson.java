package io.smartops.report.page;

import com.google.gson.stream.JsonWriter;
import io.smartops.LoaderState;
import io.smartops.control.Knob;
import io.smartops.report.history.Compute;
import io.smartops.report.history.DeviceMetric;
import io.smartops.report.history.DevicePoint;
import io.smartops.report.history.DeviceSample;
import io.smartops.report.history.Mark;
import io.smartops.report.history.RunSnapshot;
import io.smartops.report.history.StepPoint;
import io.smartops.report.history.Totals;
import io.smartops.report.history.Tuned;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;

/**
 * What the page is told of a run: columns of steps and of devices from the first point on that it
 * does not have yet, new marks, and the sums. The times are seconds since the run's start.
 */
public final class RunJson {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;

  private final RunSnapshot snapshot;
  private final Seen seen;
  private final JsonOut json;

  private RunJson(RunSnapshot snapshot, Seen seen, JsonOut json) {
    this.snapshot = snapshot;
    this.seen = seen;
    this.json = json;
  }

  /** What a page that has {@code seen} needs to show {@code snapshot}: one line of JSON. */
  public static String of(RunSnapshot snapshot, Seen seen) {
    StringWriter text = new StringWriter();
    try {
      new RunJson(snapshot, seen, new JsonOut(new JsonWriter(text))).write();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString();
  }

  private void write() throws IOException {
    json.raw().beginObject();
    run();
    totals(snapshot.totals());
    compute(snapshot.compute());
    steps();
    devices();
    marks();
    tuned();
    json.raw().endObject();
  }

  private void run() throws IOException {
    JsonWriter out = json.raw();
    out.name("run").beginObject();
    out.name("name").value(snapshot.info().name());
    out.name("pid").value(snapshot.info().pid());
    out.name("started").value(snapshot.info().started().toEpochMilli());
    out.name("elapsed").value(snapshot.elapsedNanos() / NANOS_PER_SECOND);
    out.name("finished").value(snapshot.finished());
    json.strings("devices", snapshot.info().devices(), device -> device);
    out.endObject();
  }

  private void totals(Totals totals) throws IOException {
    JsonWriter out = json.raw();
    out.name("totals").beginObject();
    out.name("steps").value(totals.steps());
    out.name("samples").value(totals.samples());
    json.field("samplesPerSecond", totals.samplesPerSecond());
    out.name("waitSeconds").value(totals.waitNanos() / NANOS_PER_SECOND);
    json.field("waitShare", waitShare(totals));
    out.name("skipped").value(totals.skipped());
    out.name("survived").value(totals.survived());
    out.name("avoided").value(totals.avoided());
    out.name("decisions").value(totals.decisions());
    json.field("peakBytes", totals.peakBytes());
    out.endObject();
  }

  private static OptionalDouble waitShare(Totals totals) {
    return totals.workNanos() > 0
        ? OptionalDouble.of((double) totals.waitNanos() / totals.workNanos())
        : OptionalDouble.empty();
  }

  private void compute(Compute compute) throws IOException {
    JsonWriter out = json.raw();
    out.name("compute").beginObject();
    json.field("flopsPerSample", compute.flopsPerSample());
    json.field("peakFlops", compute.peak(precision()));
    out.name("source").value(compute.source());
    json.field(
        "utilisation", compute.utilisation(snapshot.totals().samplesPerSecond(), precision()));
    out.endObject();
  }

  private String precision() {
    return snapshot.latest().map(StepPoint::precision).orElse("");
  }

  private void steps() throws IOException {
    int from = seen.stepsStillRight(snapshot);
    List<StepPoint> points = snapshot.steps().subList(from, snapshot.steps().size());
    JsonWriter out = json.raw();
    out.name("steps").beginObject();
    out.name("from").value(from);
    out.name("columns").beginObject();
    json.doubles("t", points, p -> p.endNanos() / NANOS_PER_SECOND);
    json.longs("step", points, StepPoint::step);
    json.optionalDoubles("rate", points, StepPoint::samplesPerSecond);
    json.doubles("stepMs", points, p -> p.stepNanos() / NANOS_PER_MILLI);
    json.doubles("slowMs", points, p -> p.slowestNanos() / NANOS_PER_MILLI);
    json.optionalDoubles("loss", points, StepPoint::loss);
    json.optionalLongs("used", points, StepPoint::usedBytes);
    json.optionalLongs("limit", points, StepPoint::limitBytes);
    json.optionalLongs("predicted", points, StepPoint::predictedBytes);
    json.longs("micro", points, StepPoint::microBatch);
    json.longs("parts", points, StepPoint::microBatches);
    json.strings("precision", points, StepPoint::precision);
    json.optionalInts("depth", points, p -> loader(p, LoaderState::depth));
    json.optionalInts("workers", points, p -> loader(p, LoaderState::workers));
    json.doubles("wait", points, StepPoint::waitShare);
    json.optionalDoubles(
        "mfu", points, p -> snapshot.compute().utilisation(p.samplesPerSecond(), p.precision()));
    out.endObject();
    out.endObject();
  }

  private static OptionalInt loader(StepPoint point, ToIntFunction<LoaderState> setting) {
    return point.loader().stream().mapToInt(setting).findFirst();
  }

  private void devices() throws IOException {
    int from = seen.devicesStillRight(snapshot);
    List<DevicePoint> points = snapshot.devices().subList(from, snapshot.devices().size());
    JsonWriter out = json.raw();
    out.name("devices").beginObject();
    out.name("from").value(from);
    json.doubles("t", points, p -> p.endNanos() / NANOS_PER_SECOND);
    json.array("metrics", List.of(DeviceMetric.values()), metric -> metric(metric, points));
    out.endObject();
  }

  private void metric(DeviceMetric metric, List<DevicePoint> points) throws IOException {
    JsonWriter out = json.raw();
    out.beginObject();
    out.name("key").value(metric.name());
    out.name("label").value(metric.label());
    out.name("unit").value(metric.unit());
    out.name("need").value(metric.need());
    json.array(
        "rows",
        rows(metric),
        device -> {
          out.beginObject();
          out.name("name").value(device);
          json.optionalDoubles("values", points, point -> value(point, device, metric));
          out.endObject();
        });
    out.endObject();
  }

  /** Devices of which the metric was ever read. */
  private List<String> rows(DeviceMetric metric) {
    return snapshot.devices().stream()
        .flatMap(point -> point.devices().stream())
        .filter(sample -> sample.value(metric).isPresent())
        .map(DeviceSample::device)
        .distinct()
        .toList();
  }

  private static OptionalDouble value(DevicePoint point, String device, DeviceMetric metric) {
    for (DeviceSample sample : point.devices()) {
      if (sample.device().equals(device)) {
        return sample.value(metric);
      }
    }
    return OptionalDouble.empty();
  }

  private void marks() throws IOException {
    int from = seen.marksStillRight(snapshot);
    JsonWriter out = json.raw();
    out.name("marks").beginObject();
    out.name("from").value(from);
    out.name("leftOut").value(snapshot.marksLeftOut());
    json.array("list", snapshot.marks().subList(from, snapshot.marks().size()), this::mark);
    out.endObject();
  }

  private void mark(Mark mark) throws IOException {
    JsonWriter out = json.raw();
    out.beginObject();
    out.name("t").value(mark.nanos() / NANOS_PER_SECOND);
    out.name("step").value(mark.step());
    out.name("kind").value(mark.knob().map(Knob::name).orElse("OUT_OF_MEMORY"));
    out.name("label").value(mark.label());
    out.name("from").value(mark.from());
    out.name("to").value(mark.to());
    out.name("reason").value(mark.reason());
    out.endObject();
  }

  private void tuned() throws IOException {
    json.array("tuned", snapshot.tuned(), this::tuned);
  }

  private void tuned(Tuned tuned) throws IOException {
    JsonWriter out = json.raw();
    out.beginObject();
    out.name("label").value(tuned.knob().label());
    out.name("from").value(tuned.from());
    out.name("to").value(tuned.to());
    out.name("changes").value(tuned.changes());
    json.field("before", tuned.before());
    json.field("after", tuned.after());
    json.field("gain", tuned.gain());
    out.endObject();
  }
}
