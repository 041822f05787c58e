package io.smartops.nvml.jna;

import java.util.ArrayList;
import java.util.List;

/** A count and an array for the library to fill. */
final class ListRoom {
  private final NativeBuffer count;
  private final NativeBuffer items;
  private final int capacity;

  private ListRoom(NativeBuffer count, NativeBuffer items, int capacity) {
    this.count = count;
    this.items = items;
    this.capacity = capacity;
  }

  static ListRoom allocate(int capacity, int itemBytes) {
    NativeBuffer count = NativeBuffer.allocate(Integer.BYTES);
    count.putInt(0, capacity);
    return new ListRoom(count, NativeBuffer.allocate(capacity * itemBytes), capacity);
  }

  long countAddress() {
    return count.address();
  }

  long itemsAddress() {
    return items.address();
  }

  /** How many items the library wrote, or would have written. */
  int count() {
    return count.getInt(0);
  }

  interface ItemReader<T> {
    T read(NativeBuffer buffer, int offset);
  }

  <T> List<T> items(int itemBytes, ItemReader<T> reader) {
    List<T> list = new ArrayList<>();
    for (int i = 0; i < Math.min(count(), capacity); i++) {
      list.add(reader.read(items, i * itemBytes));
    }
    return List.copyOf(list);
  }
}
