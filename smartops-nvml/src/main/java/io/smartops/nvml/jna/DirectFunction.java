package io.smartops.nvml.jna;

/**
 * The template of a direct mapping. JNA binds the native methods of a class, once and all together;
 * so {@link NvmlLibrary} defines a hidden copy of this class for each function and binds all
 * arities of the copy to that one symbol.
 *
 * <p>A direct mapping with {@code long} addresses is the cheapest call that JNA has: it neither
 * boxes nor allocates.
 */
final class DirectFunction implements NativeFunction {
  DirectFunction() {}

  private static native int invoke();

  private static native int invoke(long a);

  private static native int invoke(long a, long b);

  private static native int invoke(long a, long b, long c);

  private static native int invoke(long a, long b, long c, long d);

  private static native int invoke(long a, long b, long c, long d, long e);

  private static native int invoke(long a, long b, long c, long d, long e, long f);

  @Override
  public int call() {
    return invoke();
  }

  @Override
  public int call(long a) {
    return invoke(a);
  }

  @Override
  public int call(long a, long b) {
    return invoke(a, b);
  }

  @Override
  public int call(long a, long b, long c) {
    return invoke(a, b, c);
  }

  @Override
  public int call(long a, long b, long c, long d) {
    return invoke(a, b, c, d);
  }

  @Override
  public int call(long a, long b, long c, long d, long e) {
    return invoke(a, b, c, d, e);
  }

  @Override
  public int call(long a, long b, long c, long d, long e, long f) {
    return invoke(a, b, c, d, e, f);
  }
}
