package io.smartops.nvml.jna;

/** The knobs of the C stub. */
public final class StubControl {
  private final NvmlLibrary library;

  public StubControl(String path) {
    this.library = NvmlLibrary.load(path).orElseThrow();
  }

  public void release() {
    library.find("stubRelease").orElseThrow().call();
  }

  public int initialised() {
    return library.find("stubInitialised").orElseThrow().call();
  }

  public int liveSamples() {
    return library.find("stubLiveSamples").orElseThrow().call();
  }

  /** Makes {@code n} Xid events pending: 79 + n − 1 down to 79. */
  public void raise(int n) {
    library.find("stubRaise").orElseThrow().call(n);
  }
}
