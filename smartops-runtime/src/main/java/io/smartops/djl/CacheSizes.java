package io.smartops.djl;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sizes of the processor's caches, by which oneDNN plans its kernels.
 *
 * <p>AMD processors describe their caches in a leaf of CPUID (0x8000001D) that some hypervisors
 * hide (bhyve does). oneDNN's assembler reads its zeros as three caches of one byte each, up to
 * oneDNN 3.7, which libtorch 2.7 has. Copies planned for such caches, with channels padded to a
 * multiple of 8 or 16, put zeros over what they have just copied, or leave out some: convolutions
 * in bfloat16, their gradients by their inputs in float32, and LSTMs without a graph come to other
 * numbers, in plain DJL, too. Later versions read the same zeros as caches that are not known, and
 * suppose common sizes. So does {@link #mend()}.
 *
 * <p>Source: {@code Cpu::setCacheHierarchy} of Xbyak and {@code prb_block_for_cache} of oneDNN.
 * Thread-safe.
 */
public final class CacheSizes {
  private static final Logger LOGGER = LoggerFactory.getLogger(CacheSizes.class);

  /** Where Linux lists the caches that the processor describes: in the same leaf. */
  private static final Path KNOWN = Path.of("/sys/devices/system/cpu/cpu0/cache/index0");

  private static final int[] HIDDEN = {1, 1, 1};

  private CacheSizes() {}

  /**
   * Lets oneDNN suppose common sizes if the machine hides them, in this process and for good. The
   * PyTorch engine must be loaded.
   */
  public static void mend() {
    if (!Files.exists(KNOWN)) { // finding the symbols takes up to a second
      Kernels.mapping().ifPresent(CacheSizes::mend);
    }
  }

  static void mend(KernelsMapping mapping) {
    if (Arrays.equals(mapping.dataCaches(), HIDDEN)) {
      mapping.setDataCaches();
      Kernels.drop();
      LOGGER.warn(
          "This machine hides the sizes of its processor's caches, which oneDNN took for one byte"
              + " each: some of its convolutions and LSTMs come to wrong numbers then. It supposes"
              + " common sizes from now on, in this process.");
    }
  }
}
