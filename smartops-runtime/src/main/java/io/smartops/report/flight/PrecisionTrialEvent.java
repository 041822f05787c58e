package io.smartops.report.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.smartops.PrecisionTrial")
@Label("Precision Trial")
@Description("A trial of a precision ended in a change of precision")
@Category("SmartOps")
@StackTrace(false)
final class PrecisionTrialEvent extends Event {
  @Label("Step")
  long step;

  @Label("From")
  String from = "";

  @Label("To")
  String to = "";

  @Label("Reason")
  String reason = "";

  @Label("Figures")
  String figures = "";
}
