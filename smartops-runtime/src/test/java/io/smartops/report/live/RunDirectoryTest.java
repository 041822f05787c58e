package io.smartops.report.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir private Path parent;
  private final Set<Long> alive = new HashSet<>(Set.of(1L, 2L, 3L));
  private final AtomicLong millis = new AtomicLong(1_000_000);

  private RunDirectory directory() {
    return new RunDirectory(parent.resolve("runs"), alive::contains, millis::get);
  }

  private RunEntry run(long pid) {
    return new RunEntry(
        "run " + pid, pid, 100 - pid, millis.get(), "http://localhost:80/", 7, 12.5, null);
  }

  @Test
  void runsOfSeveralProcessesAppearTogetherOldestFirst() throws IOException {
    directory().publish(run(1));
    directory().publish(run(2));

    assertThat(directory().runs()).containsExactly(run(2), run(1));
  }

  @Test
  void aRunWhoseProcessIsGoneIsDropped() throws IOException {
    directory().publish(run(1));
    directory().publish(run(2));
    alive.remove(1L);

    assertThat(directory().runs()).containsExactly(run(2));
    try (Stream<Path> files = Files.list(parent.resolve("runs"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aRunThatFellSilentIsNotShownUntilItSpeaksAgain() throws IOException {
    directory().publish(run(1));
    millis.addAndGet(RunDirectory.STALE.toMillis());
    assertThat(directory().runs()).isEmpty();

    directory().publish(run(1));
    assertThat(directory().runs()).hasSize(1);
  }

  @Test
  void aRunThatEndsWithdraws() throws IOException {
    directory().publish(run(1));
    directory().withdraw(run(1));

    assertThat(directory().runs()).isEmpty();
  }

  @Test
  void filesThatAreNoRunsAreLeftAlone() throws IOException {
    directory().publish(run(1));
    Path folder = parent.resolve("runs");
    Files.writeString(folder.resolve("run-broken.json"), "{");
    Files.writeString(
        folder.resolve("run-script.json"),
        "{\"pid\":2,\"updatedMillis\":1000000,\"url\":\"javascript:alert(1)\"}");

    assertThat(directory().runs()).containsExactly(run(1));
  }

  @Test
  void onlyTheUserCanReadTheDirectory() throws IOException {
    directory().publish(run(1));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(parent.resolve("runs"))))
        .isEqualTo("rwx------");
  }

  @Test
  void aLinkInTheDirectorysPlaceIsRefused() throws IOException {
    Files.createSymbolicLink(parent.resolve("runs"), Files.createDirectory(parent.resolve("x")));

    assertThatThrownBy(() -> directory().publish(run(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to someone else");
  }
}
