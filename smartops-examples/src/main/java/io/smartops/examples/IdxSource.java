package io.smartops.examples;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Where IDX files come from, by their official names without {@code .gz}. */
sealed interface IdxSource {

  /** The digits that come with this module. */
  IdxSource BUNDLED = new Bundled();

  /** Reads the file {@code name}, which must have {@code rank} dimensions. */
  IdxFile read(String name, int rank) throws IOException;

  /** Gzipped files next to this module's classes. */
  record Bundled() implements IdxSource {
    @Override
    public IdxFile read(String name, int rank) throws IOException {
      String resource = "mnist/" + name + ".gz";
      InputStream stream = IdxSource.class.getResourceAsStream(resource);
      if (stream == null) {
        throw new NoSuchFileException("%s is missing from smartops-examples".formatted(resource));
      }
      try (InputStream input = new GZIPInputStream(stream)) {
        return IdxFile.read(resource, input, rank);
      }
    }
  }

  /**
   * A folder of the user's.
   *
   * @param path the folder
   */
  record Folder(Path path) implements IdxSource {
    @Override
    public IdxFile read(String name, int rank) throws IOException {
      Path plain = path.resolve(name);
      Path file = Files.exists(plain) ? plain : path.resolve(name + ".gz");
      try (InputStream input = open(file, name)) {
        return IdxFile.read(file.toString(), input, rank);
      }
    }

    private InputStream open(Path file, String name) throws IOException {
      if (!Files.isRegularFile(file)) {
        throw new NoSuchFileException(
            "%s holds neither %s nor %s.gz: it must hold the official MNIST files"
                .formatted(path, name, name));
      }
      InputStream raw = new BufferedInputStream(Files.newInputStream(file));
      return file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
    }
  }
}
