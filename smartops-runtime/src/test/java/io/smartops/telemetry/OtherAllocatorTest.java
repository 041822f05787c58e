package io.smartops.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** glibc's figures mean nothing where another allocator serves the process. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class OtherAllocatorTest {
  private static final String SOURCE = "bump_malloc.c";

  @TempDir Path dir;

  @Test
  void aPreloadedAllocatorIsNotMistakenForGlibc() throws Exception {
    assumeTrue(NativeAllocator.ofProcess().allocatedBytes().isPresent(), "needs glibc 2.33");
    assertThat(ForkedJvm.run("true", Map.of(), Probe.class)).containsExactly("true");
    Map<String, String> preloaded = Map.of("LD_PRELOAD", compiled().toString());
    assertThat(ForkedJvm.run("true", preloaded, Probe.class)).containsExactly("false");
  }

  private Path compiled() throws IOException, InterruptedException {
    Path source = dir.resolve(SOURCE);
    Path library = dir.resolve("libbump.so");
    try (InputStream code = OtherAllocatorTest.class.getResourceAsStream(SOURCE)) {
      Files.copy(code, source);
    }
    String cc = "command -v cc && cc -O2 -shared -fPIC -o \"$1\" \"$2\"";
    Process compiler =
        new ProcessBuilder("sh", "-c", cc, "sh", library.toString(), source.toString())
            .redirectErrorStream(true)
            .start();
    String messages = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    assumeTrue(compiler.waitFor() == 0, "needs a C compiler: " + messages);
    return library;
  }

  /** Prints whether the allocator can be read. */
  static final class Probe {
    public static void main(String[] args) {
      System.out.println(NativeAllocator.ofProcess().allocatedBytes().isPresent());
    }
  }
}
