package io.smartops.nvml.sampler;

import java.util.Optional;

/**
 * Which device a reading is of.
 *
 * @param index NVML index of the physical device
 * @param pciBusId empty text where the driver does not tell
 * @param mig the place in the partition, for a MIG device
 */
public record DeviceIdentity(
    int index, String uuid, String name, String pciBusId, Optional<MigPlace> mig) {

  /**
   * A MIG device's place.
   *
   * @param profile as {@code 3g.40gb}
   */
  public record MigPlace(int gpuInstance, int computeInstance, String profile) {}
}
