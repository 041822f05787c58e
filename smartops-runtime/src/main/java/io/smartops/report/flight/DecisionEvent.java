package io.smartops.report.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.smartops.Decision")
@Label("Decision")
@Description("A knob was turned")
@Category("SmartOps")
@StackTrace(false)
final class DecisionEvent extends Event {
  @Label("Step")
  long step;

  @Label("Knob")
  String knob = "";

  @Label("From")
  String from = "";

  @Label("To")
  String to = "";

  @Label("Reason")
  String reason = "";
}
