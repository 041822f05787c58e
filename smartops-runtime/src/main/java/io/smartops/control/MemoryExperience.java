package io.smartops.control;

import java.util.List;
import java.util.Objects;

/**
 * What a memory law has learnt, to be the first guess of another run of the same model.
 *
 * @param levels what micro-batches of some sizes take; none where nothing is known
 * @param first what the very first micro-batch took, one-off allocations included
 */
public record MemoryExperience(List<Level> levels, Level first) {

  /** Nothing is known. */
  public static final MemoryExperience NONE = new MemoryExperience(List.of(), new Level(1, 1));

  /**
   * What micro-batches of one size take.
   *
   * @param size samples, at least 1
   * @param bytes by how much they raise allocated memory, above 0
   */
  public record Level(int size, double bytes) {
    public Level {
      if (size < 1 || !(bytes > 0 && Double.isFinite(bytes))) {
        throw new IllegalArgumentException(
            "a level needs at least 1 sample and more than 0 bytes, but has %d and %s"
                .formatted(size, bytes));
      }
    }
  }

  public MemoryExperience {
    levels = List.copyOf(levels);
    Objects.requireNonNull(first, "first");
  }

  /** Whether anything is known. */
  public boolean isKnown() {
    return !levels.isEmpty();
  }
}
