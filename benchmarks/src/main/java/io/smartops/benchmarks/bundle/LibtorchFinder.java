package io.smartops.benchmarks.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds libtorch: in the folder that the user names, in {@code PYTORCH_LIBRARY_PATH}, in the torch
 * package of the host's Python.
 */
final class LibtorchFinder {
  /** DJL's own variable. */
  static final String VARIABLE = "PYTORCH_LIBRARY_PATH";

  private static final String LIBRARY = "libtorch.so";
  private static final String CUDA_LIBRARY = "libtorch_cuda.so";
  private static final List<String> PYTHONS = List.of("python3", "python");

  /** Finds the package without importing it, which takes long and may fail. */
  private static final String SCRIPT =
      "import importlib.util as u; s = u.find_spec('torch');"
          + " print(list(s.submodule_search_locations)[0] if s else '')";

  private static final Pattern VERSION = Pattern.compile("__version__\\s*=\\s*'([^']+)'");

  private LibtorchFinder() {}

  /**
   * Looks.
   *
   * @param named the folder that the user named
   * @param environment the host's variables
   */
  static HostLibtorch find(Optional<Path> named, Map<String, String> environment) {
    if (named.isPresent()) {
      return in(named.get(), "--libtorch");
    }
    String variable = environment.getOrDefault(VARIABLE, "");
    return variable.isEmpty() ? ofPython() : in(Path.of(variable), VARIABLE);
  }

  private static HostLibtorch in(Path folder, String source) {
    if (Files.notExists(folder.resolve(LIBRARY))) {
      return new HostLibtorch.Missing(
          "%s names %s, which holds no %s".formatted(source, folder, LIBRARY));
    }
    boolean cuda = Files.exists(folder.resolve(CUDA_LIBRARY));
    return new HostLibtorch.Found(folder.toAbsolutePath(), cuda, version(folder), source);
  }

  private static HostLibtorch ofPython() {
    for (String python : PYTHONS) {
      Optional<String> location = Commands.output(List.of(python, "-c", SCRIPT)).map(String::strip);
      if (location.filter(path -> !path.isEmpty()).isPresent()) {
        return in(Path.of(location.get(), "lib"), python);
      }
    }
    return new HostLibtorch.Missing(
        "no libtorch: the host's Python has no package 'torch', and %s is not set"
            .formatted(VARIABLE));
  }

  /** Python's package keeps its version one folder up. */
  private static String version(Path folder) {
    Path file = folder.toAbsolutePath().resolveSibling("version.py");
    Path build = folder.toAbsolutePath().resolveSibling("build-version");
    try {
      if (Files.exists(file)) {
        Matcher matcher = VERSION.matcher(Files.readString(file));
        return matcher.find() ? matcher.group(1) : "unknown";
      }
      return Files.exists(build) ? Files.readString(build).strip() : "unknown";
    } catch (IOException e) {
      return "unknown";
    }
  }
}
