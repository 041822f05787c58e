package io.smartops.nvml.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.smartops.nvml.driver.Signature.Field;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;

/** Memory that both sides see: the library by address, Java without a native call. */
final class NativeBuffer {
  private final ByteBuffer bytes;
  private final long address;

  private NativeBuffer(ByteBuffer bytes) {
    this.bytes = bytes;
    this.address = Pointer.nativeValue(Native.getDirectBufferPointer(bytes));
  }

  /** Zeroed memory, freed when this object is collected. */
  static NativeBuffer allocate(int bytes) {
    return new NativeBuffer(ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder()));
  }

  /** A string with its end mark. */
  static NativeBuffer ofText(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = allocate(encoded.length + 1);
    buffer.bytes.put(0, encoded);
    return buffer;
  }

  /** The string at a foreign address; empty for a null pointer. */
  static String foreignText(long address) {
    return address == 0 ? "" : new Pointer(address).getString(0, StandardCharsets.UTF_8.name());
  }

  /** Keeps this memory alive for a call that knows only its address. */
  int during(IntSupplier call) {
    try {
      return call.getAsInt();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  long address() {
    return address;
  }

  int capacity() {
    return bytes.capacity();
  }

  void clear() {
    for (int i = 0; i < bytes.capacity(); i++) {
      bytes.put(i, (byte) 0);
    }
  }

  int getInt(int offset) {
    return bytes.getInt(offset);
  }

  long getUnsigned(int offset) {
    return Integer.toUnsignedLong(bytes.getInt(offset));
  }

  long getLong(int offset) {
    return bytes.getLong(offset);
  }

  double getDouble(int offset) {
    return bytes.getDouble(offset);
  }

  void putInt(int offset, int value) {
    bytes.putInt(offset, value);
  }

  void putLong(int offset, long value) {
    bytes.putLong(offset, value);
  }

  long get(Field field) {
    return switch (field.width()) {
      case U32 -> getUnsigned(field.offset());
      case I32 -> getInt(field.offset());
      case U64 -> getLong(field.offset());
    };
  }

  /** The string at the start, up to its end mark. */
  String text() {
    int length = 0;
    while (length < bytes.capacity() && bytes.get(length) != 0) {
      length++;
    }
    byte[] encoded = new byte[length];
    bytes.get(0, encoded);
    return new String(encoded, StandardCharsets.UTF_8);
  }
}
