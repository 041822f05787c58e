package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs commands of the host. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class CommandsTest {

  @RepeatedTest(20)
  void outputIsWholeHoweverSoonTheCommandEnds() {
    assertThat(Commands.output(List.of("sh", "-c", "echo one; echo two >&2")))
        .contains("one\ntwo\n");
  }

  @Test
  void failureKeepsItsCodeAndItsWords() {
    var ended = Commands.run(List.of("sh", "-c", "echo why; exit 3")).orElseThrow();
    assertThat(ended).isEqualTo(new Commands.Ended(3, "why\n"));
    assertThat(Commands.output(List.of("sh", "-c", "echo why; exit 3"))).isEmpty();
  }

  @Test
  void missingCommandIsEmpty() {
    assertThat(Commands.run(List.of("no-such-command-of-this-host"))).isEmpty();
  }
}
