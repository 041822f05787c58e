package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutOfMemoryTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory",
        "CUDA out of memory. Tried to allocate 20.00 MiB",
        "could not create a primitive",
        "std::bad_alloc"
      })
  void anEngineWithoutMemory(String message) {
    assertThat(OutOfMemory.is(new EngineException(message))).isTrue();
    assertThat(OutOfMemory.is(new IllegalStateException(new EngineException(message)))).isTrue();
    assertThat(OutOfMemory.is(new IllegalStateException(message))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Cannot reserve 4096 bytes of direct buffer memory (allocated: 65536, limit: 65536)",
        "Unable to allocate 262144 bytes"
      })
  void aDirectBufferThatGetsNoMemory(String message) {
    assertThat(OutOfMemory.is(new OutOfMemoryError(message))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Java heap space", "GC overhead limit exceeded", "Metaspace"})
  void aFullHeapIsNot(String message) {
    assertThat(OutOfMemory.is(new OutOfMemoryError(message))).isFalse();
  }

  @Test
  void aKernelThatDoesNotExistIsNot() {
    String message = "could not create a primitive descriptor for an LSTM forward propagation";
    assertThat(OutOfMemory.is(new EngineException(message))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"CUDA error: an illegal memory access; CUDA error: out of memory"})
  void aBrokenDeviceIsNot(String message) {
    assertThat(OutOfMemory.is(new EngineException(message))).isFalse();
  }
}
