package io.smartops.benchmarks.bundle;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Completes a folder whose {@code lib} holds the jars: a Java runtime of the modules that they
 * need, and the archive. The build's profile {@code bundle} runs it.
 */
final class BundleBuilder {
  /** What jdeps cannot see: a JDK's own file system for jars, and figures of processes. */
  private static final List<String> BY_REFLECTION = List.of("jdk.zipfs", "jdk.management");

  /** Above this the archive is too much to carry to an air-gapped host in one go. */
  private static final long MOST_BYTES = 60L << 20;

  private final Path folder;

  private BundleBuilder(Path folder) {
    this.folder = folder;
  }

  /** Argument: the folder. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    new BundleBuilder(Path.of(arguments[0])).build();
  }

  private void build() throws IOException, InterruptedException {
    Path runtime = folder.resolve("runtime");
    delete(runtime);
    String modules = String.join(",", modules());
    tool(
        "jlink",
        List.of(
            "--add-modules",
            modules,
            "--output",
            runtime.toString(),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages"));
    if (!folder.resolve("run.sh").toFile().setExecutable(true, false)) {
      throw new IOException("run.sh in " + folder + " cannot be made executable");
    }
    tryOut();
    Path archive = pack();
    System.out.printf("%s: %.1f MiB%n", archive, Files.size(archive) / (double) (1 << 20));
    if (Files.size(archive) > MOST_BYTES) {
      throw new IOException(
          "the bundle must be at most %d bytes, but is %d"
              .formatted(MOST_BYTES, Files.size(archive)));
    }
  }

  private Set<String> modules() throws IOException {
    Set<String> modules = new TreeSet<>(BY_REFLECTION);
    try (Stream<Path> jars = Files.list(folder.resolve("lib"))) {
      for (Path jar : jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
        ModuleFinder.of(jar).findAll().stream()
            .map(ModuleReference::descriptor)
            .flatMap(module -> module.isAutomatic() ? byClasses(jar) : named(module))
            .filter(name -> name.startsWith("java.") || name.startsWith("jdk."))
            .forEach(modules::add);
      }
    }
    return modules;
  }

  /**
   * A jar with a descriptor says itself what it needs. On a class path nothing keeps it from using
   * what it calls optional: logback does, as soon as it finds a configuration.
   */
  private static Stream<String> named(ModuleDescriptor module) {
    return module.requires().stream().map(Requires::name);
  }

  /** Other jars are searched. jdeps adds "/package" to a module whose internals are used. */
  private static Stream<String> byClasses(Path jar) {
    List<String> arguments =
        List.of("--list-deps", "--ignore-missing-deps", "--multi-release", "17", jar.toString());
    return tool("jdeps", arguments)
        .lines()
        .map(line -> line.strip().replaceFirst("/.*", ""))
        .filter(line -> line.matches("[a-z.]+"));
  }

  private static String tool(String name, List<String> arguments) {
    ToolProvider tool =
        ToolProvider.findFirst(name)
            .orElseThrow(() -> new IllegalStateException("this JDK has no " + name));
    StringWriter output = new StringWriter();
    PrintWriter writer = new PrintWriter(output, true);
    if (tool.run(writer, writer, arguments.toArray(String[]::new)) != 0) {
      throw new IllegalStateException(name + " " + arguments + " failed: " + output);
    }
    return output.toString();
  }

  /** A class that the trimmed runtime lacks shows at run time alone. */
  private void tryOut() throws IOException, InterruptedException {
    Path results = folder.resolveSibling(folder.getFileName() + "-trial").toAbsolutePath();
    String script = folder.resolve("run.sh").toAbsolutePath().toString();
    Process process =
        new ProcessBuilder(script, "--only", "nvml-costs", "--out", results.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    if (exitCode != 0 && exitCode != RunChecks.NONE_RAN) {
      throw new IOException("the bundle ended with exit code " + exitCode + ": " + output);
    }
  }

  private Path pack() throws IOException, InterruptedException {
    Path archive = folder.resolveSibling(folder.getFileName() + ".tar.gz").toAbsolutePath();
    List<String> command = new ArrayList<>(List.of("tar", "-czf", archive.toString(), "-C"));
    command.addAll(
        Arrays.asList(
            folder.toAbsolutePath().resolve("..").toString(), folder.getFileName().toString()));
    int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exitCode != 0) {
      throw new IOException("tar ended with exit code " + exitCode);
    }
    return archive;
  }

  private static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> files = Files.walk(tree)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
