package io.smartops.examples;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The bundled clips: ten words, spoken by a synthesiser in many voices. No voice of the test is
 * heard in training.
 */
final class SpokenWords {
  /** The words. */
  static final List<String> WORDS =
      List.of("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go");

  private static final String RESOURCE = "speech/spoken-words.zip";

  private SpokenWords() {}

  /** One clip. */
  static final class Clip {
    private final int word;
    private final byte[] wav;

    private Clip(int word, byte[] wav) {
      this.word = word;
      this.wav = wav;
    }

    /** Index of the word that is said. */
    int word() {
      return word;
    }

    /** The file. */
    byte[] wav() {
      return wav;
    }
  }

  /** The clips of a part, {@code train} or {@code test}, in the archive's order. */
  static List<Clip> read(String part) throws IOException {
    InputStream resource = SpokenWords.class.getResourceAsStream(RESOURCE);
    if (resource == null) {
      throw new NoSuchFileException(RESOURCE + " is missing from smartops-examples");
    }
    List<Clip> clips = new ArrayList<>();
    try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(resource))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        // part/word/voice-take.wav
        String[] path = entry.getName().split("/", -1);
        if (path[0].equals(part)) {
          clips.add(new Clip(WORDS.indexOf(path[1]), zip.readAllBytes()));
        }
      }
    }
    return clips;
  }
}
