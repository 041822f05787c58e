package io.smartops.nvml.fake;

import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A card as data: what each function answers, and the constants of its physics.
 *
 * <p>A key is an NVML function, with its integer arguments if they matter; a value is text, numbers
 * in the order of the query table, or {@code !STATUS}. What has no entry and no signal of its own
 * is NOT_SUPPORTED. {@code include} names a profile to start from, and the prefix {@code mig.}
 * marks what holds for MIG devices. Immutable.
 */
public final class FakeProfile {
  /** The profiles that come along. */
  public static final List<String> NAMES =
      List.of("T4", "RTX4090", "A100", "H100", "H100-MIG-3G", "VGPU", "WSL");

  private static final String INCLUDE = "include";
  private static final String MIG = "mig.";

  private final Map<String, String> entries;

  private FakeProfile(Map<String, String> entries) {
    this.entries = Map.copyOf(entries);
  }

  /**
   * One of {@link #NAMES}, in any case.
   *
   * @throws IllegalArgumentException where there is no such profile
   */
  public static FakeProfile named(String name) {
    String resource = "profiles/" + name.toLowerCase(Locale.ROOT) + ".properties";
    try (InputStream in = FakeProfile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("profile must be one of " + NAMES + ", but is " + name);
      }
      Properties properties = new Properties();
      properties.load(in);
      return of(properties);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A profile of one's own. */
  public static FakeProfile of(Properties properties) {
    String base = properties.getProperty(INCLUDE);
    Map<String, String> entries =
        base == null ? new TreeMap<>() : new TreeMap<>(named(base).entries);
    properties
        .stringPropertyNames()
        .forEach(key -> entries.put(key, properties.getProperty(key).trim()));
    entries.remove(INCLUDE);
    return new FakeProfile(entries);
  }

  /** The profile of a MIG device of this card. */
  FakeProfile mig() {
    Map<String, String> own = new TreeMap<>();
    entries.forEach(
        (key, value) -> {
          if (!key.startsWith(MIG)) {
            own.putIfAbsent(key, value);
          }
        });
    entries.forEach(
        (key, value) -> {
          if (key.startsWith(MIG)) {
            own.put(key.substring(MIG.length()), value);
          }
        });
    return new FakeProfile(own);
  }

  /** The text under a key; NOT_SUPPORTED, or the status that the profile names, where none is. */
  Reading<String> text(String key) {
    String value = entries.get(key);
    if (value == null) {
      return Reading.absent(NvmlStatus.NOT_SUPPORTED, key);
    }
    return value.startsWith("!")
        ? Reading.absent(NvmlStatus.valueOf(value.substring(1)), key)
        : Reading.of(value);
  }

  /** The numbers under a key. */
  Reading<long[]> numbers(String key) {
    return text(key)
        .map(
            value ->
                Arrays.stream(value.split(",", -1))
                    .mapToLong(number -> Long.decode(number.trim()))
                    .toArray());
  }

  /** A constant of the card; {@code otherwise} where the profile has none. */
  double constant(String key, double otherwise) {
    return text(key).map(Double::parseDouble).orElse(otherwise);
  }

  boolean has(String key) {
    return text(key).isPresent();
  }

  /** Whether the profile answers with a status, whatever the signals would say. */
  boolean denies(String key) {
    String value = entries.get(key);
    return value != null && value.startsWith("!");
  }

  /** A copy with one entry changed. */
  public FakeProfile with(String key, String value) {
    Map<String, String> changed = new TreeMap<>(entries);
    changed.put(key, value);
    return new FakeProfile(changed);
  }

  @Override
  public String toString() {
    return entries.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .sorted()
        .collect(Collectors.joining("\n"));
  }
}
