package io.smartops.djl;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;

/**
 * The calls of libtorch that read and set the state of its random number generator on the CPU,
 * which DJL does not offer. C++ functions with plain arguments, found by their mangled names; a
 * missing one throws {@link UnsatisfiedLinkError}. Stateless after construction and thread-safe.
 */
final class GeneratorMapping {
  private static final Object[] NO_ARGUMENTS = {};

  private final Function defaultGenerator;
  private final Function engine;
  private final Function setEngine;

  /**
   * @param library path of {@code torch_cpu}
   */
  GeneratorMapping(String library) {
    NativeLibrary torch = NativeLibrary.getInstance(library);
    defaultGenerator = torch.getFunction("_ZN2at6detail22getDefaultCPUGeneratorEv");
    engine = torch.getFunction("_ZN2at16CPUGeneratorImpl6engineEv");
    setEngine = torch.getFunction("_ZN2at16CPUGeneratorImpl10set_engineENS_14mt19937_engineE");
  }

  /**
   * {@code at::mt19937_engine}, passed and returned by value. It has 2,520 bytes in libtorch 2.7.1;
   * what is above that is room for a release in which it is larger.
   */
  @FieldOrder("bytes")
  public static final class Engine extends Structure implements Structure.ByValue {
    private static final int MOST_BYTES = 4096;

    public byte[] bytes = new byte[MOST_BYTES];
  }

  Engine engine() {
    return (Engine) engine.invoke(Engine.class, new Object[] {generator()});
  }

  void setEngine(Engine state) {
    setEngine.invoke(Void.class, new Object[] {generator(), state});
  }

  /** The reference that is returned points to a smart pointer, whose only field is the address. */
  private Pointer generator() {
    return defaultGenerator.invokePointer(NO_ARGUMENTS).getPointer(0);
  }
}
