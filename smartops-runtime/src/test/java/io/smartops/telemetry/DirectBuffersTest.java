package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DirectBuffersTest {
  private static final int PIECE = 64 << 10;
  private static final int PIECES = 512;

  private final DirectBuffers buffers = new DirectBuffers();

  @Test
  @Timeout(60)
  void freesWhatNothingRefersTo() {
    List<ByteBuffer> kept = pieces();
    pieces();
    long before = buffers.bytes();

    do {
      buffers.freeDead(); // gives up after a while, where the thread that frees has no turn
    } while (before - buffers.bytes() < (long) PIECES * PIECE
        && !Thread.currentThread().isInterrupted());

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
