package io.smartops.warm;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.control.LearntMemory;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MemoryExperience.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCacheTest {
  private static final PlanKey KEY = new PlanKey("a model\non cpu()");
  private static final LearntMemory LEARNT =
      new LearntMemory(
          new MemoryExperience(
              List.of(new Level(16, 1e6 / 3), new Level(128, 7.7e6)), new Level(16, 2e6)),
          Optional.of(new Level(512, 3e6 / 7)));

  @TempDir private Path home;

  @Test
  void givesBackWhatWasLearntBitForBit() {
    cache().write(KEY, LEARNT);

    assertThat(cache().read(KEY)).isEqualTo(LEARNT);
    assertThat(cache().read(new PlanKey("another"))).isEqualTo(LearntMemory.NONE);
  }

  @Test
  void readsFilesThatSayNothingOfALoss() throws IOException {
    LearntMemory withoutLoss = new LearntMemory(LEARNT.microBatches(), Optional.empty());
    cache().write(KEY, withoutLoss);

    assertThat(Files.readString(folder().resolve(KEY.fileName()))).doesNotContain("loss");
    assertThat(cache().read(KEY)).isEqualTo(withoutLoss);
  }

  @Test
  void leavesNothingBesideTheFile() throws IOException {
    cache().write(KEY, LEARNT);
    cache().write(KEY, LEARNT);

    try (Stream<Path> files = Files.list(folder())) {
      assertThat(files).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "{\"version\":1}",
        "{\"version\":1,\"key\":\"a model\\non cpu()\",\"memory\":{\"levels\":[{\"size\":0,\"bytes\":1}],\"first\":{\"size\":1,\"bytes\":1}}}",
        "{\"version\":1,\"key\":\"a model\\non cpu()\",\"memory\":{\"levels\":null,\"first\":null}}",
        "{\"version\":1,\"key\":\"a model\\non cpu()\",\"memory\":{\"levels\":[{\"size\":4,\"bytes\":9}]}}"
      })
  void ignoresWhatIsDamagedAndReplacesIt(String content) throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve(KEY.fileName()), content);

    assertThat(cache().read(KEY)).isEqualTo(LearntMemory.NONE);
    cache().write(KEY, LEARNT);
    assertThat(cache().read(KEY)).isEqualTo(LEARNT);
  }

  @Test
  void ignoresAnotherVersionAndAnotherKey() throws IOException {
    cache().write(KEY, LEARNT);
    Path file = folder().resolve(KEY.fileName());
    String content = Files.readString(file);

    Files.writeString(file, content.replace("\"version\": 1", "\"version\": 2"));
    assertThat(cache().read(KEY)).isEqualTo(LearntMemory.NONE);
    Files.writeString(file, content.replace("a model", "a modem"));
    assertThat(cache().read(KEY)).isEqualTo(LearntMemory.NONE);
  }

  @Test
  void keepsNoMoreThanAFixedNumberOfFiles() throws IOException {
    for (int i = 0; i <= PlanCache.MOST_FILES; i++) {
      cache().write(new PlanKey("model " + i), LEARNT);
    }
    try (Stream<Path> files = Files.list(folder())) {
      assertThat(files).hasSize(PlanCache.MOST_FILES);
    }
  }

  @Test
  void doesNotMindADirectoryThatCannotBeWritten() throws IOException {
    Files.writeString(home.resolve("smartops"), "a file where a folder should be");

    cache().write(KEY, LEARNT);
    assertThat(cache().read(KEY)).isEqualTo(LearntMemory.NONE);
  }

  @Test
  void isWhereTheUserWantsIt() {
    Path named = home.resolve("named");
    PlanCache.of(null, Map.of("SMARTOPS_CACHE", named.toString())).write(KEY, LEARNT);
    assertThat(named).isDirectoryContaining("glob:**.json");

    PlanCache.of("none", Map.of("SMARTOPS_CACHE", named.toString()));
    assertThat(PlanCache.of("none", Map.of()).read(KEY)).isEqualTo(LearntMemory.NONE);
    assertThat(new PlanCache(Optional.of(named)).read(KEY)).isEqualTo(LEARNT);
  }

  @Test
  void keepsNothingWhereNothingWasLearnt() {
    cache().write(KEY, LearntMemory.NONE);
    assertThat(folder()).doesNotExist();
  }

  private PlanCache cache() {
    return PlanCache.of(null, Map.of("XDG_CACHE_HOME", home.toString()));
  }

  private Path folder() {
    return home.resolve("smartops").resolve("plans");
  }
}
