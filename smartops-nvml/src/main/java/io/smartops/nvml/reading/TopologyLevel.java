package io.smartops.nvml.reading;

/** The nearest common ancestor of two devices, nearest first. */
public enum TopologyLevel implements NvmlCode {
  INTERNAL(0),
  SINGLE_SWITCH(10),
  MULTIPLE_SWITCHES(20),
  HOST_BRIDGE(30),
  NUMA_NODE(40),
  SYSTEM(50);

  private final int code;

  TopologyLevel(int code) {
    this.code = code;
  }

  @Override
  public int code() {
    return code;
  }
}
