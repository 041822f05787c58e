package io.smartops.replay;

import io.smartops.control.Decision;
import java.util.Optional;

/**
 * Where a replay first decides otherwise than the journal says.
 *
 * @param line the line of the journal
 * @param controller the controller's name
 * @param recorded the decision in the journal, if it has one there
 * @param replayed the decision of the replay, if it took one there
 */
record Difference(
    long line, String controller, Optional<Decision> recorded, Optional<Decision> replayed) {

  String describe() {
    return "line %d, %s:%n  journal: %s%n  replay:  %s"
        .formatted(line, controller, words(recorded), words(replayed));
  }

  private static String words(Optional<Decision> decision) {
    return decision.map(d -> "%s %s".formatted(d.describe(), d.figures())).orElse("no decision");
  }
}
