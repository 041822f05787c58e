package io.smartops.benchmarks.bundle;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Links to the libraries that are wanted of a libtorch folder, and to no others.
 *
 * <p>DJL loads nearly every library that it finds beside libtorch, Python's own and JNI parts of
 * other versions included. The JVM resolves a link before it loads, so each library still finds its
 * neighbours by its own run path.
 */
final class LinkFolder {
  /** Patterns of what training needs; the rest is loaded by libtorch itself when it is used. */
  private static final List<String> WANTED =
      List.of(
          "libc10.so",
          "libc10_cuda.so",
          "libtorch.so",
          "libtorch_cpu.so",
          "libtorch_cuda.so",
          "libgomp*.so*");

  /** Where the CUDA runtime lies, seen from libtorch's folder: DJL reads GPU memory through it. */
  private static final List<String> RUNTIME_FOLDERS =
      List.of(
          ".", "../../nvidia/cuda_runtime/lib", "../../nvidia/cu13/lib", "/usr/local/cuda/lib64");

  private LinkFolder() {}

  /** Fills {@code folder} for DJL. */
  static Path ofLibtorch(Path libtorch, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String pattern : WANTED) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(libtorch, pattern)) {
        for (Path file : files) {
          link(folder.resolve(file.getFileName()), file);
        }
      }
    }
    return folder;
  }

  /** Fills {@code folder} with the CUDA runtime under the name that DJL looks for. */
  static Path ofCudaRuntime(Path libtorch, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String place : RUNTIME_FOLDERS) {
      Path candidate = libtorch.resolve(place);
      if (Files.isDirectory(candidate)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(candidate, "libcudart*.so*")) {
          for (Path file : files) {
            link(folder.resolve("libcudart.so"), file);
            return folder;
          }
        }
      }
    }
    return folder;
  }

  private static void link(Path link, Path file) throws IOException {
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, file.toRealPath());
  }
}
