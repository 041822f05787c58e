package io.smartops.warm;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a learnt plan is for: the same model, on the same device, in the same precision, on inputs
 * of the same shape.
 *
 * @param description all that tells it apart, in words; two keys are the same if these are
 */
public record PlanKey(String description) {

  /** The file's name: short, and another one for another key. */
  String fileName() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(description.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16) + ".json";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
