package io.smartops.report.page;

import io.smartops.report.history.RunSnapshot;

/**
 * What a page has of a run already, so that it is sent only what is new.
 *
 * @param stepGeneration generation of the steps that it has
 * @param steps points of steps that it has for good
 * @param deviceGeneration generation of the readings of devices
 * @param devices readings of devices that it has for good
 * @param marks marks that it has
 * @param marksLeftOut marks that had been left out by then
 */
public record Seen(
    int stepGeneration,
    int steps,
    int deviceGeneration,
    int devices,
    int marks,
    long marksLeftOut) {

  /** A page that has nothing yet. */
  public static final Seen NOTHING = new Seen(0, 0, 0, 0, 0, 0);

  /** A page that was sent all of {@code snapshot}. */
  public static Seen all(RunSnapshot snapshot) {
    return new Seen(
        snapshot.stepGeneration(),
        snapshot.closedSteps(),
        snapshot.deviceGeneration(),
        snapshot.closedDevices(),
        snapshot.marks().size(),
        snapshot.marksLeftOut());
  }

  int stepsStillRight(RunSnapshot snapshot) {
    return stepGeneration == snapshot.stepGeneration() ? steps : 0;
  }

  int devicesStillRight(RunSnapshot snapshot) {
    return deviceGeneration == snapshot.deviceGeneration() ? devices : 0;
  }

  int marksStillRight(RunSnapshot snapshot) {
    return marksLeftOut == snapshot.marksLeftOut() ? marks : 0;
  }
}
