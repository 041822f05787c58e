package io.smartops.benchmarks.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import org.junit.jupiter.api.Test;

/** The check of transfers where there is no GPU. */
class LoaderTransfersTest {

  @Test
  void saysThatThereIsNoLink() {
    Finding finding = new LoaderTransfers().run(new Stages());
    assertThat(finding.verdict()).isEqualTo(Verdict.CANNOT_RUN);
    assertThat(finding.summary()).contains("not a CUDA build");
  }

  /** Where nothing crosses, nothing is saved and nothing changes: the comparison itself works. */
  @Test
  void comparesOnTheCpu() {
    Finding finding = LoaderTransfers.compare(new Stages(), Device.cpu());
    assertThat(finding.verdict()).as(finding.summary()).isEqualTo(Verdict.PASSED);
    assertThat(finding.figures().getAsJsonObject("uint8").get("savedBytes").getAsLong()).isZero();
  }
}
