package io.smartops.benchmarks.bundle;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The process of one check: runs it and leaves the finding in a file. */
final class CheckMain {

  private CheckMain() {}

  /** Arguments: name of the check, file for the finding. */
  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    Check check = Checks.named(arguments[0]).orElseThrow();
    Finding finding = run(check);
    Files.writeString(Path.of(arguments[1]), new Gson().toJson(finding));
    // Native libraries of a foreign version may crash while they unload: the finding is safe.
    Runtime.getRuntime().halt(0);
  }

  private static Finding run(Check check) {
    try {
      return check.run(new Stages());
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      e.printStackTrace();
      return Finding.of(false, words(e), new JsonObject());
    }
  }

  /** The failure and what is at the bottom of it. */
  private static String words(Throwable failure) {
    Throwable cause = failure.getCause();
    String words = failure.toString().lines().findFirst().orElse("");
    return cause == null ? words : words + "; " + words(cause);
  }
}
