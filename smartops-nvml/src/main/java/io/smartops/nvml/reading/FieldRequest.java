package io.smartops.nvml.reading;

/**
 * A field to read.
 *
 * @param id one of {@link FieldId}, or any other id of nvml.h
 * @param scope link or instance where the field has several; else 0
 */
public record FieldRequest(int id, int scope) {

  /** A field without scope. */
  public static FieldRequest of(int id) {
    return new FieldRequest(id, 0);
  }
}
