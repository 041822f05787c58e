package io.smartops.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;

/** Narrows arrays without loss. */
final class LoaderNarrowing {
  private LoaderNarrowing() {}

  /**
   * The array as uint8, if every value is a whole number from 0 to 255; its widening is equal bit
   * by bit, so negative zero does not pass. The result is the array's manager's.
   */
  static Optional<NDArray> toUint8(NDArray array) {
    FloatBuffer wide = array.toByteBuffer(true).asFloatBuffer();
    ByteBuffer narrow = ByteBuffer.allocateDirect(wide.remaining());
    while (wide.hasRemaining()) {
      float value = wide.get();
      int whole = (int) value;
      if ((whole & ~0xFF) != 0
          || Float.floatToRawIntBits(whole) != Float.floatToRawIntBits(value)) {
        return Optional.empty();
      }
      narrow.put((byte) whole);
    }
    narrow.flip();
    return Optional.of(onHost(array, narrow));
  }

  private static NDArray onHost(NDArray like, ByteBuffer bytes) {
    try (NDManager host = like.getManager().newSubManager(Device.cpu())) {
      NDArray narrow = host.create(bytes, like.getShape(), DataType.UINT8);
      narrow.attach(like.getManager());
      return narrow;
    }
  }
}
