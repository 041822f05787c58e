package io.smartops.djl;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the records of one pass that failed and were left out. Thread-safe. */
final class LoaderSkips {
  private static final Logger logger = LoggerFactory.getLogger(LoaderSkips.class);

  private final int allowed;
  // A set, not a count: a build that is given up and repeated meets the same records again.
  private final Set<Long> bad = ConcurrentHashMap.newKeySet();

  LoaderSkips(int allowed) {
    this.allowed = allowed;
  }

  /** Lets a failing record be left out, or fails in its name. */
  void skip(long index, Exception failure) throws LoaderFailure {
    boolean isNew = bad.add(index);
    if (bad.size() > allowed) {
      String bound =
          allowed == 0 ? "" : " (more than the %d bad records allowed)".formatted(allowed);
      throw new LoaderFailure("record " + index + bound, failure);
    }
    if (isNew) {
      logger.warn("Record {} is left out: {}", index, failure.toString());
    }
  }

  int count() {
    return Math.min(bad.size(), allowed);
  }
}
