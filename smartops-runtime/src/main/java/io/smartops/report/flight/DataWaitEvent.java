package io.smartops.report.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.smartops.DataWait")
@Label("Wait for Data")
@Description("The training thread waited for the data of a step")
@Category("SmartOps")
@StackTrace(false)
final class DataWaitEvent extends Event {
  @Label("Step")
  long step;

  @Label("Waited")
  @Timespan(Timespan.NANOSECONDS)
  long waited;
}
