package io.smartops.simulation;

import io.smartops.control.LoaderObservation;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a policy sees before each micro-batch.
 *
 * @param step logical step, counted from 1
 * @param logicalBatch samples of the logical batch
 * @param remaining samples of it that are left
 * @param begins whether a logical batch begins, or begins again
 * @param headroomBytes memory that can still be had, if it could be read
 * @param usedBytes memory that the process holds
 * @param capacityBytes memory of the device
 * @param delivery the delivery of the logical batch, where one begins for the first time
 */
public record Situation(
    long step,
    int logicalBatch,
    int remaining,
    boolean begins,
    OptionalLong headroomBytes,
    long usedBytes,
    long capacityBytes,
    Optional<LoaderObservation> delivery) {}
