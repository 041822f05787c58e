package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.nvml.Nvml;
import io.smartops.nvml.NvmlOptions;
import io.smartops.nvml.fake.FakeNvml;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Holds a made-up card against texts of nvidia-smi. */
class NvmlAgainstSmiTest {
  private Nvml nvml;
  private String uuid;

  @BeforeEach
  void open() {
    nvml = Nvml.tryOpen(FakeNvml.of("H100"), NvmlOptions.defaults()).orElseThrow();
    uuid = nvml.device(0).orElseThrow().uuid().orElseThrow();
  }

  @AfterEach
  void close() {
    nvml.close();
  }

  private Finding compare(String value, String uuid, Map<String, String> tree) {
    List<String> fields = List.of("uuid", "memory.total", "fan.speed");
    SmiTable table = SmiTable.parse(fields, uuid + ", " + value + ", [N/A]");
    return NvmlAgainstSmi.compare(nvml, new Smi(fields, table, List.of(tree)));
  }

  @Test
  void agrees() {
    Finding finding = compare("81559", uuid, Map.of("Product Architecture", "Hopper"));
    assertThat(finding.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(finding.summary()).startsWith("3 values agree on 1 GPU(s)");
  }

  @Test
  void tellsAValueThatDiffers() {
    Finding finding = compare("81000", uuid, Map.of());
    assertThat(finding.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(finding.summary()).contains("memory.total: 81559.00, but nvidia-smi says 81000");
  }

  @Test
  void tellsADeviceThatNvmlDoesNotFind() {
    Finding finding = compare("81559", "GPU-of-another-host", Map.of());
    assertThat(finding.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(finding.summary()).contains("GPU-of-another-host");
  }
}
