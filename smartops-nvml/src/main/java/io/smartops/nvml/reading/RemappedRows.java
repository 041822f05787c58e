package io.smartops.nvml.reading;

/**
 * Memory rows that were replaced by spares.
 *
 * @param corrected rows replaced for correctable errors
 * @param uncorrected rows replaced for uncorrectable errors
 * @param pending whether a replacement waits for a reset
 * @param failed whether a replacement failed: the card should be exchanged
 */
public record RemappedRows(long corrected, long uncorrected, boolean pending, boolean failed) {}
