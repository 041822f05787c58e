package io.smartops.djl;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A state of libtorch's random number generator that can be gone back to, so that a forward pass
 * which was not seeded by us draws the same dropout masks again.
 *
 * <p>On the CPU only. A second value that a normal distribution keeps for its next call is not part
 * of it; dropout draws none.
 */
final class GeneratorState {
  private static final Logger LOGGER = LoggerFactory.getLogger(GeneratorState.class);

  private final GeneratorMapping mapping;
  private final GeneratorMapping.Engine engine;

  private GeneratorState(GeneratorMapping mapping, GeneratorMapping.Engine engine) {
    this.mapping = mapping;
    this.engine = engine;
  }

  /** The state at present; empty where it cannot be read. */
  static Optional<GeneratorState> save(Device device) {
    return device.isGpu()
        ? Optional.empty()
        : Library.MAPPING.map(mapping -> new GeneratorState(mapping, mapping.engine()));
  }

  /** Goes back to this state. */
  void restore() {
    mapping.setEngine(engine);
  }

  /** Looked up once, when a state is first saved: the engine is loaded by then. */
  private static final class Library {
    static final Optional<GeneratorMapping> MAPPING = find();

    private static Optional<GeneratorMapping> find() {
      Path library = Libtorch.cpuLibrary();
      try {
        return Optional.of(new GeneratorMapping(library.toString()));
      } catch (UnsatisfiedLinkError e) {
        LOGGER.info(
            "libtorch's random number generator cannot be read, so a batch with dropout whose loss"
                + " is computed outside of the trainer cannot be repeated: {}",
            e.getMessage());
        return Optional.empty();
      }
    }
  }
}
