package io.smartops.djl;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The calls of libtorch that concern autocast and TF32, which DJL does not offer. C++ functions
 * with plain arguments, found by their mangled names; a missing one throws {@link
 * UnsatisfiedLinkError}.
 *
 * <p>A {@code bool} is passed as the byte 0 or 1: JNA's own is −1, which inverts the engine's test.
 * Device and scalar types must be ones that the engine knows: it throws through JNA otherwise,
 * which ends the process. Autocast's switch and type belong to the calling thread, its cache and
 * TF32's switches to the process. Stateless after construction and thread-safe.
 */
final class AutocastMapping {
  /** {@code c10::DeviceType::CPU}. */
  static final byte CPU = 0;

  /** {@code c10::DeviceType::CUDA}. */
  static final byte CUDA = 1;

  /** {@code c10::ScalarType::Half}. */
  static final byte HALF = 5;

  /** {@code c10::ScalarType::BFloat16}. */
  static final byte BFLOAT16 = 15;

  private static final Object[] NO_ARGUMENTS = {};

  private final Function isEnabled;
  private final Function setEnabled;
  private final Function getType;
  private final Function setType;
  private final Function clearCache;
  private final Function hasAvx512Bf16;
  private final Function context;
  private final Function allowsTf32;
  private final Function allowTf32;

  /**
   * @param library path of {@code torch_cpu}
   */
  AutocastMapping(String library) {
    NativeLibrary torch = NativeLibrary.getInstance(library);
    String autocast = "_ZN2at8autocast";
    isEnabled = torch.getFunction(autocast + "19is_autocast_enabledEN3c1010DeviceTypeE");
    setEnabled = torch.getFunction(autocast + "20set_autocast_enabledEN3c1010DeviceTypeEb");
    getType = torch.getFunction(autocast + "18get_autocast_dtypeEN3c1010DeviceTypeE");
    setType =
        torch.getFunction(autocast + "18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE");
    clearCache = torch.getFunction(autocast + "11clear_cacheEv");
    hasAvx512Bf16 = torch.getFunction("_ZN2at3cpu24is_avx512_bf16_supportedEv");
    context = torch.getFunction("_ZN2at13globalContextEv");
    allowsTf32 = torch.getFunction("_ZNK2at7Context15allowTF32CuBLASEv");
    allowTf32 = torch.getFunction("_ZN2at7Context18setAllowTF32CuBLASEb");
  }

  boolean isEnabled(byte device) {
    return asBoolean(isEnabled.invokeInt(new Object[] {device}));
  }

  void setEnabled(byte device, boolean enabled) {
    setEnabled.invokeVoid(new Object[] {device, asByte(enabled)});
  }

  byte type(byte device) {
    return (byte) getType.invokeInt(new Object[] {device});
  }

  void setType(byte device, byte type) {
    setType.invokeVoid(new Object[] {device, type});
  }

  /** Frees the parameters that were converted. */
  void clearCache() {
    clearCache.invokeVoid(NO_ARGUMENTS);
  }

  /** libtorch's own answer; false on a processor of another kind. */
  boolean hasAvx512Bf16() {
    return asBoolean(hasAvx512Bf16.invokeInt(NO_ARGUMENTS));
  }

  boolean allowsTf32() {
    return asBoolean(allowsTf32.invokeInt(new Object[] {globalContext()}));
  }

  /** For cuBLAS; cuDNN has a switch of its own, which libtorch leaves on. */
  void allowTf32(boolean allowed) {
    allowTf32.invokeVoid(new Object[] {globalContext(), asByte(allowed)});
  }

  private Pointer globalContext() {
    return context.invokePointer(NO_ARGUMENTS);
  }

  private static byte asByte(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  /** A returned {@code bool} fills the lowest byte only. */
  private static boolean asBoolean(int register) {
    return (register & 0xFF) != 0;
  }
}
