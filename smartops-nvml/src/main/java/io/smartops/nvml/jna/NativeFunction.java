package io.smartops.nvml.jna;

/**
 * A bound function of the library. Pointers, handles and integers all travel as {@code long}.
 *
 * <p>That is sound on the 64-bit calling conventions of the systems that have NVML (System V,
 * Windows x64, AAPCS64): each integer argument has a whole register or stack slot, and the callee
 * reads only the bits of its declared type.
 */
interface NativeFunction {
  int call();

  int call(long a);

  int call(long a, long b);

  int call(long a, long b, long c);

  int call(long a, long b, long c, long d);

  int call(long a, long b, long c, long d, long e);

  int call(long a, long b, long c, long d, long e, long f);

  /** Calls with as many arguments as the array holds, six at most. */
  default int call(long[] arguments) {
    long[] a = arguments;
    return switch (a.length) {
      case 0 -> call();
      case 1 -> call(a[0]);
      case 2 -> call(a[0], a[1]);
      case 3 -> call(a[0], a[1], a[2]);
      case 4 -> call(a[0], a[1], a[2], a[3]);
      case 5 -> call(a[0], a[1], a[2], a[3], a[4]);
      case 6 -> call(a[0], a[1], a[2], a[3], a[4], a[5]);
      default ->
          throw new IllegalArgumentException(
              "arguments must hold 0 to 6 values, but holds " + a.length);
    };
  }
}
