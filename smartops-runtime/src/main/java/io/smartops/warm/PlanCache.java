package io.smartops.warm;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.smartops.control.LearntMemory;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MemoryExperience.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what runs have learnt, a small JSON file for each key, in {@code smartops/plans} of the
 * user's cache directory ({@code XDG_CACHE_HOME}, or {@code ~/.cache}).
 *
 * <p>It may be deleted at any time. A file that is damaged, of another version or of another key is
 * ignored with a line in the log, and replaced when the run ends; what cannot be written is left
 * out. A file appears whole or not at all. At most {@link #MOST_FILES} are kept, the latest.
 *
 * <p>The environment variable {@code SMARTOPS_CACHE} or the system property {@code smartops.cache},
 * which comes first, name another directory, or {@code none}.
 */
public final class PlanCache {
  private static final Logger LOGGER = LoggerFactory.getLogger(PlanCache.class);

  /** The version of the format. */
  static final int VERSION = 1;

  /** Plans that are kept. */
  static final int MOST_FILES = 256;

  private static final String NOWHERE = "none";

  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

  private final Optional<Path> folder;

  /** A cache in {@code folder}; one that keeps nothing if it is empty. */
  PlanCache(Optional<Path> folder) {
    this.folder = folder;
  }

  /** A file's content. Absent fields are null: it may be anything. */
  private record Content(
      int version, @Nullable String key, @Nullable MemoryExperience memory, @Nullable Level loss) {}

  /** A cache that keeps nothing. */
  public static PlanCache none() {
    return new PlanCache(Optional.empty());
  }

  /** The user's cache. */
  public static PlanCache ofUser() {
    return of(System.getProperty("smartops.cache"), System.getenv());
  }

  static PlanCache of(@Nullable String property, Map<String, String> environment) {
    String named = property == null ? environment.get("SMARTOPS_CACHE") : property;
    if (named != null) {
      return new PlanCache(named.equals(NOWHERE) ? Optional.empty() : Optional.of(Path.of(named)));
    }
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path caches =
        xdg.isEmpty() ? Path.of(System.getProperty("user.home", "."), ".cache") : Path.of(xdg);
    return new PlanCache(Optional.of(caches.resolve("smartops").resolve("plans")));
  }

  /** What was learnt under {@code key}; nothing if there is none that can be used. */
  public LearntMemory read(PlanKey key) {
    if (folder.isEmpty()) {
      return LearntMemory.NONE;
    }
    Path file = folder.get().resolve(key.fileName());
    try {
      return learnt(GSON.fromJson(Files.readString(file), Content.class), key);
    } catch (NoSuchFileException e) {
      return LearntMemory.NONE;
    } catch (IOException | RuntimeException e) { // whatever is wrong with it, it is not needed
      LOGGER.warn("The learnt plan {} is ignored: {}", file, e.toString());
      return LearntMemory.NONE;
    }
  }

  private static LearntMemory learnt(@Nullable Content content, PlanKey key) {
    if (content == null || content.memory() == null) {
      throw new JsonParseException("it holds no plan");
    }
    if (content.version() != VERSION) {
      throw new JsonParseException(
          "it is of version %d, not %d".formatted(content.version(), VERSION));
    }
    if (!key.description().equals(content.key())) {
      throw new JsonParseException("it is another model's");
    }
    return new LearntMemory(content.memory(), Optional.ofNullable(content.loss()));
  }

  /** Keeps what was learnt under {@code key}. */
  public void write(PlanKey key, LearntMemory learnt) {
    if (folder.isEmpty() || !learnt.microBatches().isKnown()) {
      return;
    }
    Path file = folder.get().resolve(key.fileName());
    try {
      Files.createDirectories(folder.get());
      Path part = Files.createTempFile(folder.get(), "plan", ".part");
      try {
        Content content =
            new Content(
                VERSION, key.description(), learnt.microBatches(), learnt.loss().orElse(null));
        Files.writeString(part, GSON.toJson(content));
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
      dropOldest(folder.get());
    } catch (IOException e) {
      LOGGER.info("What was learnt cannot be kept in {}: {}", file, e.toString());
    }
  }

  private static void dropOldest(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.toList();
    }
    if (files.size() > MOST_FILES) {
      List<Path> oldestFirst =
          files.stream().sorted(Comparator.comparing(PlanCache::modified)).toList();
      for (Path file : oldestFirst.subList(0, files.size() - MOST_FILES)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) { // another run has dropped it
      return FileTime.fromMillis(0);
    }
  }
}
