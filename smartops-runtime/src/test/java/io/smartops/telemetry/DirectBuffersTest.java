package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirectBuffersTest {
  private static final int PIECE = 64 << 10;
  private static final int PIECES = 512;

  private final DirectBuffers buffers = new DirectBuffers();

  @Test
  void freesWhatNothingRefersTo() {
    List<ByteBuffer> kept = pieces();
    pieces();
    long before = buffers.bytes();

    buffers.freeDead();

    assertThat(before - buffers.bytes()).isGreaterThanOrEqualTo((long) PIECES * PIECE);
    assertThat(buffers.bytes()).isGreaterThanOrEqualTo((long) kept.size() * PIECE);
  }

  private static List<ByteBuffer> pieces() {
    List<ByteBuffer> pieces = new ArrayList<>();
    for (int i = 0; i < PIECES; i++) {
      pieces.add(ByteBuffer.allocateDirect(PIECE));
    }
    return pieces;
  }
}
