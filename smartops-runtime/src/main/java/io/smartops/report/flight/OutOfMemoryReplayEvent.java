package io.smartops.report.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.smartops.OutOfMemoryReplay")
@Label("Out-of-Memory Replay")
@Description("Memory ran out, and the work is repeated in smaller parts")
@Category("SmartOps")
@StackTrace(false)
final class OutOfMemoryReplayEvent extends Event {
  @Label("Step")
  long step;

  @Label("Phase")
  String phase = "";

  @Label("Micro-batch")
  int microBatch;

  @Label("Message")
  String message = "";
}
