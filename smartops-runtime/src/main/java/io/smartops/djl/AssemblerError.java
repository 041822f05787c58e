package io.smartops.djl;

import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The error that oneDNN's assembler (Xbyak) keeps for each thread, and never takes back. Once
 * memory for the code of one kernel was refused, every kernel that this thread wants next "could
 * not create a primitive", however much memory there is by then; a smaller micro-batch is another
 * shape and needs kernels of its own. So the error is cleared wherever an attempt is begun again.
 *
 * <p>The variable is a local of {@code Xbyak::local::GetErrorRef()}. Where libtorch has none (other
 * processors, other systems) nothing is done. Thread-safe: each call concerns its own thread.
 */
final class AssemblerError {
  private static final Logger LOGGER = LoggerFactory.getLogger(AssemblerError.class);
  static final String VARIABLE = "_ZZN5Xbyak5local11GetErrorRefEvE3err";

  private AssemblerError() {}

  /** Lets the calling thread make kernels again. */
  static void clear() {
    Library.VARIABLE_OF_THREAD.ifPresent(variable -> variable.set(0));
  }

  /** Looked up once, after a failure; the engine is loaded by then. */
  private static final class Library {
    static final Optional<ThreadLocalMapping> VARIABLE_OF_THREAD = find();

    private static Optional<ThreadLocalMapping> find() {
      Path library =
          Path.of(LibUtils.getLibtorchPath()).resolve(System.mapLibraryName("torch_cpu"));
      try {
        OptionalLong offset = ElfSymbols.threadLocal(library, VARIABLE);
        return offset.isEmpty()
            ? Optional.empty()
            : Optional.of(new ThreadLocalMapping(library.toString(), offset.getAsLong()));
      } catch (IOException | UnsatisfiedLinkError e) {
        LOGGER.info(
            "A kernel for which memory ran out may not be made again in this thread: {}",
            e.getMessage());
        return Optional.empty();
      }
    }
  }
}
