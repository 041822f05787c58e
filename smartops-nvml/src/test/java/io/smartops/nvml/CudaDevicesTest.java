package io.smartops.nvml;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.fake.FakeClock;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.nvml.reading.NvmlStatus;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaDevicesTest {
  private final FakeNvml alike = FakeNvml.of(new FakeClock(), "A100", "A100", "A100");

  private static String ids(CudaDevices devices) {
    List<String> ids =
        devices.devices().orElseThrow().stream()
            .map(device -> device.uuid().orElseThrow())
            .map(uuid -> uuid.substring(0, 4) + uuid.substring(10, 12) + uuid.substring(34))
            .toList();
    return String.join(" ", ids);
  }

  /** {@code GPU-02000000}: kind, number of the card, and of the MIG device. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "unset",
      value = {
        "unset|GPU-00000000 GPU-01000000 GPU-02000000",
        "''|''",
        "1|GPU-01000000",
        "2,0|GPU-02000000 GPU-00000000",
        "' 2 , 0 '|GPU-02000000 GPU-00000000",
        "0,-1,2|GPU-00000000",
        "0,7,2|GPU-00000000",
        "0,abc,2|GPU-00000000",
        "-1|''",
        "GPU-f0000002-fa4e-0000-0000-000000000000|GPU-02000000",
        "GPU-f0000001,0|GPU-01000000 GPU-00000000",
        "GPU-f000000,0|''",
        "GPU-nothing,0|''",
        "0,0,1|GPU-00000000"
      })
  void followsCudaVisibleDevices(String visible, String expected) {
    Map<String, String> environment =
        visible == null ? Map.of() : Map.of(CudaDevices.VISIBLE, visible);
    try (Nvml nvml = alike.open()) {
      assertThat(ids(CudaDevices.of(nvml, environment))).isEqualTo(expected);
    }
  }

  @Test
  void anIdBeyondTheListIsNotFound() {
    try (Nvml nvml = alike.open()) {
      CudaDevices devices = CudaDevices.of(nvml, Map.of(CudaDevices.VISIBLE, "2"));
      assertThat(devices.isCertain()).isTrue();
      assertThat(devices.device(0).isPresent()).isTrue();
      assertThat(devices.device(1).status()).isEqualTo(NvmlStatus.NOT_FOUND);
      assertThat(devices.device(-1).status()).isEqualTo(NvmlStatus.NOT_FOUND);
    }
  }

  @Test
  void unlikeCardsComeFastestFirstUnlessByBus() {
    FakeNvml mixed = FakeNvml.of(new FakeClock(), "T4", "H100");
    try (Nvml nvml = mixed.open()) {
      CudaDevices fastest = CudaDevices.of(nvml, Map.of());
      assertThat(ids(fastest)).isEqualTo("GPU-01000000 GPU-00000000");
      assertThat(fastest.isCertain()).isFalse();
      CudaDevices byBus = CudaDevices.of(nvml, Map.of(CudaDevices.ORDER, "PCI_BUS_ID"));
      assertThat(ids(byBus)).isEqualTo("GPU-00000000 GPU-01000000");
      assertThat(byBus.isCertain()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "MIG-f0000000-fa4e-0000-0000-000000000002,MIG-00000002,true",
    "MIG-GPU-f0000000-fa4e-0000-0000-000000000000/2/0,MIG-00000002,true",
    "MIG-GPU-f0000000-fa4e-0000-0000-000000000000/9/0,'',true",
    "0,MIG-00000001,false"
  })
  void findsMigDevices(String visible, String expected, boolean certain) {
    FakeNvml partitioned = FakeNvml.of(new FakeClock(), "H100-MIG-3G");
    try (Nvml nvml = partitioned.open()) {
      CudaDevices devices = CudaDevices.of(nvml, Map.of(CudaDevices.VISIBLE, visible));
      assertThat(ids(devices)).isEqualTo(expected);
      assertThat(devices.isCertain()).isEqualTo(certain);
    }
  }

  @Test
  void anAbsentDriverIsAStatus() {
    Nvml nvml = alike.open();
    nvml.close();
    assertThat(CudaDevices.of(nvml, Map.of()).device(0).status())
        .isEqualTo(NvmlStatus.UNINITIALIZED);
  }
}
