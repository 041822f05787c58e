package io.smartops.report.flight;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.smartops.Step")
@Label("Training Step")
@Description("A logical step has been applied to the parameters")
@Category("SmartOps")
@StackTrace(false)
final class StepEvent extends Event {
  @Label("Step")
  long step;

  @Label("Samples")
  long samples;

  @Label("Micro-batch")
  int microBatch;

  @Label("Micro-batches")
  int microBatches;

  @Label("Time Since Previous Step")
  @Timespan(Timespan.NANOSECONDS)
  long time;

  @Label("Precision")
  String precision = "";

  @Label("Update Skipped")
  boolean skipped;

  @Label("Memory Used")
  @DataAmount
  long usedBytes;

  @Label("Memory Limit")
  @DataAmount
  long limitBytes;
}
