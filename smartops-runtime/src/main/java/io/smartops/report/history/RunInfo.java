package io.smartops.report.history;

import java.time.Instant;
import java.util.List;

/**
 * What is known of a run from its start.
 *
 * @param name for people
 * @param pid the process
 * @param started when
 * @param devices what it trains on, for people
 */
public record RunInfo(String name, long pid, Instant started, List<String> devices) {}
