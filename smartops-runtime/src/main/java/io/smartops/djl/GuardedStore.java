package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.jspecify.annotations.Nullable;

/** Hands out the parameters of another store as {@link GuardedArrays}. */
final class GuardedStore extends ParameterStore {
  private final ParameterStore store;
  private final GuardedArrays guard;

  GuardedStore(ParameterStore store, GuardedArrays guard) {
    this.store = store;
    this.guard = guard;
  }

  /** As the other store: null for a parameter that is null, as a layer without bias has. */
  @Override
  public @Nullable NDArray getValue(
      @Nullable Parameter parameter, Device device, boolean training) {
    NDArray value = store.getValue(parameter, device, training);
    return value == null ? null : guard.guard(value);
  }

  @Override
  public NDManager getManager() {
    return store.getManager();
  }
}
