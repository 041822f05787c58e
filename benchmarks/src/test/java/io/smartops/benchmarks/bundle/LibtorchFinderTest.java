package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finds a libtorch by its files and links what is wanted of it. */
class LibtorchFinderTest {
  @TempDir private Path temporary;
  private Path torch;

  @BeforeEach
  void pythonsPackage() throws IOException {
    torch = Files.createDirectories(temporary.resolve("torch/lib"));
    for (String name :
        new String[] {"libtorch.so", "libc10.so", "libtorch_python.so", "libshm.so"}) {
      Files.createFile(torch.resolve(name));
    }
    Files.writeString(temporary.resolve("torch/version.py"), "__version__ = '2.7.1+cu128'\n");
  }

  @Test
  void cpuBuild() {
    var found = (HostLibtorch.Found) LibtorchFinder.find(Optional.of(torch), Map.of());
    assertThat(found.flavor()).isEqualTo("cpu");
    assertThat(found.version()).isEqualTo("2.7.1+cu128");
  }

  @Test
  void cudaBuildByVariable() throws IOException {
    Files.createFile(torch.resolve("libtorch_cuda.so"));
    var environment = Map.of(LibtorchFinder.VARIABLE, torch.toString());
    var found = (HostLibtorch.Found) LibtorchFinder.find(Optional.empty(), environment);
    assertThat(found.flavor()).isEqualTo("cu128");
    assertThat(found.source()).isEqualTo("PYTORCH_LIBRARY_PATH");
  }

  @Test
  void folderWithoutLibtorch() {
    var missing = (HostLibtorch.Missing) LibtorchFinder.find(Optional.of(temporary), Map.of());
    assertThat(missing.reason()).contains("--libtorch", temporary.toString(), "libtorch.so");
  }

  @Test
  void linksOnlyWhatIsWanted() throws IOException {
    Path runtime = Files.createDirectories(temporary.resolve("nvidia/cuda_runtime/lib"));
    Files.createFile(runtime.resolve("libcudart.so.12"));
    try (Stream<Path> links =
        Files.list(LinkFolder.ofLibtorch(torch, temporary.resolve("links")))) {
      assertThat(links.map(link -> link.getFileName().toString()))
          .containsExactlyInAnyOrder("libtorch.so", "libc10.so");
    }
    Path cuda = LinkFolder.ofCudaRuntime(torch, temporary.resolve("cuda"));
    assertThat(cuda.resolve("libcudart.so").toRealPath())
        .isEqualTo(runtime.resolve("libcudart.so.12").toRealPath());
  }
}
