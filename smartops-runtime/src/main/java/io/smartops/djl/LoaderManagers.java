package io.smartops.djl;

import ai.djl.ndarray.NDManager;

/** Moves managers from one parent to another, which DJL offers for arrays only. */
final class LoaderManagers {
  private LoaderManagers() {}

  /** Makes {@code newParent} close {@code manager}, and its old parent forget it. */
  static void move(NDManager manager, NDManager newParent) {
    String id = idOf(manager);
    manager.getParentManager().detachInternal(id);
    newParent.attachUncappedInternal(id, manager);
  }

  /** The key under which its parent holds a manager: what it is called while it has no name. */
  static String idOf(NDManager manager) {
    String name = manager.getName();
    manager.setName(null);
    String id = manager.getName();
    manager.setName(name);
    return id;
  }
}
