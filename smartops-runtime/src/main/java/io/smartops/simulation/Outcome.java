package io.smartops.simulation;

import java.util.OptionalLong;

/**
 * What a micro-batch did.
 *
 * @param situation in which it was run
 * @param setting under which it was run
 * @param size its samples
 * @param growthBytes how far memory rose; absent when it failed
 * @param nanos what it took
 */
public record Outcome(
    Situation situation, Setting setting, int size, OptionalLong growthBytes, long nanos) {

  /** Whether it was the last of its logical batch. */
  public boolean endsBatch() {
    return size == situation.remaining() && setting.purpose() != Setting.Purpose.DISCARDED;
  }
}
