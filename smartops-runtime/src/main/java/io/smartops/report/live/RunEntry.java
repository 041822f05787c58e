package io.smartops.report.live;

import org.jspecify.annotations.Nullable;

/**
 * A run as others on the machine see it; written and read as JSON.
 *
 * @param name for people
 * @param pid its process
 * @param startedMillis when it started, since the epoch
 * @param updatedMillis when this was written
 * @param url its page
 * @param step latest step
 * @param samplesPerSecond of the latest step, if there was one
 * @param usedBytes memory that it holds, if known
 */
record RunEntry(
    String name,
    long pid,
    long startedMillis,
    long updatedMillis,
    String url,
    long step,
    @Nullable Double samplesPerSecond,
    @Nullable Long usedBytes) {}
