package io.smartops.nvml.jna;

import com.sun.jna.Native;

/** The types of NVML's value union. */
enum ValueType {
  DOUBLE {
    @Override
    Number read(NativeBuffer buffer, int offset) {
      return buffer.getDouble(offset);
    }
  },
  UNSIGNED_INT {
    @Override
    Number read(NativeBuffer buffer, int offset) {
      return buffer.getUnsigned(offset);
    }
  },
  UNSIGNED_LONG {
    @Override
    Number read(NativeBuffer buffer, int offset) {
      return C_LONG_BYTES == Integer.BYTES ? buffer.getUnsigned(offset) : buffer.getLong(offset);
    }
  },
  UNSIGNED_LONG_LONG,
  SIGNED_LONG_LONG,
  SIGNED_INT {
    @Override
    Number read(NativeBuffer buffer, int offset) {
      return (long) buffer.getInt(offset);
    }
  },
  UNSIGNED_SHORT {
    @Override
    Number read(NativeBuffer buffer, int offset) {
      return (long) (buffer.getInt(offset) & 0xFFFF);
    }
  };

  private static final int C_LONG_BYTES = Native.LONG_SIZE;

  Number read(NativeBuffer buffer, int offset) {
    return buffer.getLong(offset);
  }

  /** The type of a code; a code that nvml.h does not name is read as 64 bits. */
  static ValueType of(int code) {
    return code >= 0 && code < values().length ? values()[code] : UNSIGNED_LONG_LONG;
  }
}
