package io.smartops.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;

/** A stand-in for an engine that is not PyTorch: it has a name and nothing else. */
final class OtherEngine extends Engine {

  @Override
  public Engine getAlternativeEngine() {
    return this;
  }

  @Override
  public String getEngineName() {
    return "Abacus";
  }

  @Override
  public int getRank() {
    return Integer.MAX_VALUE;
  }

  @Override
  public String getVersion() {
    return "1";
  }

  @Override
  public boolean hasCapability(String capability) {
    return false;
  }

  @Override
  public Model newModel(String name, Device device) {
    throw notReached();
  }

  @Override
  public NDManager newBaseManager() {
    throw notReached();
  }

  @Override
  public NDManager newBaseManager(Device device) {
    throw notReached();
  }

  private static AssertionError notReached() {
    return new AssertionError("nothing may be computed on another engine");
  }
}
