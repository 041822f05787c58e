package io.smartops.djl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels that oneDNN assembles on a processor, for each operation and each shape. Two of its
 * ways would end a training that only needs smaller micro-batches:
 *
 * <ul>
 *   <li>Its assembler (Xbyak) keeps an error for each thread, and never takes it back. Once memory
 *       for one kernel was refused, every kernel that this thread wants next "could not create a
 *       primitive", however much memory there is by then, and a smaller micro-batch is another
 *       shape. So the error is cleared wherever an attempt is begun again.
 *   <li>It keeps the latest 1,024 operations, each of which may have dozens of kernels, of 256 kB
 *       of address space each: some 10 MB for a network of two convolutions and one size of
 *       micro-batch. Where memory ran out, or is short and the plan changes, they are dropped;
 *       those in use are made again in a few milliseconds.
 * </ul>
 *
 * <p>Where libtorch does not have or show these symbols (other processors, other systems) nothing
 * is done. Thread-safe.
 */
final class Kernels {
  private static final Logger LOGGER = LoggerFactory.getLogger(Kernels.class);
  private static final String SET_CAPACITY = "dnnl_set_primitive_cache_capacity";
  private static final String ERROR = "_ZZN5Xbyak5local11GetErrorRefEvE3err";
  private static final String PROCESSOR = "_ZN4dnnl4impl3cpu3x643cpuEv";
  static final List<String> SYMBOLS = List.of(SET_CAPACITY, ERROR, PROCESSOR);

  /** oneDNN's default. */
  private static final int CAPACITY = 1024;

  private Kernels() {}

  /** Lets the calling thread make kernels again. */
  static void clearError() {
    Library.MAPPING.ifPresent(mapping -> mapping.setError(0));
  }

  /** Drops all that are not running at this moment. */
  static void drop() {
    Library.MAPPING.ifPresent(
        mapping -> {
          mapping.setCapacity(0);
          mapping.setCapacity(CAPACITY);
        });
  }

  /** The library's symbols; empty where it does not have them. */
  static Optional<KernelsMapping> mapping() {
    return Library.MAPPING;
  }

  /** Looked up once, when first needed: the engine is loaded by then. */
  private static final class Library {
    static final Optional<KernelsMapping> MAPPING = find();

    private static Optional<KernelsMapping> find() {
      Path library = Libtorch.cpuLibrary();
      try {
        List<Long> values = ElfSymbols.values(library, SYMBOLS);
        return values.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new KernelsMapping(
                    library.toString(), values.get(0), values.get(1), values.get(2)));
      } catch (IOException | UnsatisfiedLinkError e) {
        LOGGER.info("oneDNN's kernels cannot be looked after: {}", e.getMessage());
        return Optional.empty();
      }
    }
  }
}
