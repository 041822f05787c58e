package io.smartops.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NewPagesTest {
  private static final long MIB = 1 << 20;
  private static final long BYTES = 64 * MIB;
  private static final long MARGIN = BYTES / NewPages.MARGIN_PART;

  private final NewPages newPages = new NewPages();

  @Test
  void whatIsKeptIsNotNew() {
    assertThat(newPages.most(BYTES, BYTES)).isEqualTo(MARGIN);
    assertThat(newPages.most(BYTES, 8 * BYTES)).isEqualTo(MARGIN);
    assertThat(newPages.most(BYTES, BYTES - MIB)).isEqualTo(MIB + MARGIN);
  }

  @Test
  void nothingKeptMeansThatAllIsNewAndNeverMore() {
    newPages.window(8 * BYTES, true);
    assertThat(newPages.most(BYTES, 0)).isEqualTo(BYTES);
    assertThat(newPages.most(BYTES, BYTES)).isEqualTo(BYTES);
  }

  @Test
  void whatWasNeededAllTheSameIsExpectedAgainAndFades() {
    newPages.window(MARGIN, true);
    assertThat(newPages.most(BYTES, BYTES)).isEqualTo(2 * MARGIN);
    newPages.window(BYTES, false);
    assertThat(newPages.most(BYTES, BYTES)).as("all of that one's were new").isLessThan(2 * MARGIN);
    for (int i = 0; i < 11; i++) {
      newPages.window(0, true);
    }
    assertThat(newPages.most(BYTES, BYTES) - MARGIN).isBetween(MARGIN * 45 / 100, MARGIN / 2);
  }
}
