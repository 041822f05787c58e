package io.smartops.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiguresTest {

  @Test
  void readsKibibytesAsBytes() {
    assertThat(Figures.labelled("VmHWM:\t    20 kB\nVmRSS:\t    12 kB\n", "VmRSS:"))
        .hasValue(12 * 1024);
  }

  @Test
  void readsBareNumbersAsTheyAre() {
    assertThat(Figures.labelled("anon 7\ninactive_file 53248", "inactive_file")).hasValue(53248);
  }

  @Test
  void findsLabelsAtTheStartOfALineOnly() {
    String text = "total_inactive_file 99\ninactive_file 53248\n";
    assertThat(Figures.labelled(text, "inactive_file")).hasValue(53248);
    assertThat(Figures.labelled("total_inactive_file 99\n", "inactive_file")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "VmRSS:",
        "VmRSS:\n",
        "VmRSS: \n12 kB",
        "VmRSS: unlimited",
        "VmRSS: -4 kB",
        "VmRSS: 12kB",
        "VmRSS: 18446744073709551615",
        "VmRSS: 9223372036854775807 kB"
      })
  void givesAbsenceForWhatIsNoFigure(String text) {
    assertThat(Figures.labelled(text, "VmRSS:")).isEmpty();
  }

  @Test
  void countsWords() {
    assertThat(Figures.word("200000 100000\n", 0)).hasValue(200_000);
    assertThat(Figures.word("200000 100000\n", 1)).hasValue(100_000);
    assertThat(Figures.word("max 100000\n", 0)).isEmpty();
    assertThat(Figures.word("200000\n", 1)).isEmpty();
  }

  @Property(seed = "20261122")
  void everyNumberComesBack(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE / 1024) long value) {
    assertThat(Figures.word(value + "\n", 0)).hasValue(value);
    assertThat(Figures.labelled("x 1\nVmSize:\t" + value + " kB\n", "VmSize:"))
        .hasValue(value * 1024);
  }

  @Property(seed = "20261122")
  void garbageNeverThrows(@ForAll String text, @ForAll String label) {
    OptionalLong figure = Figures.labelled(text, label);
    assertThat(figure.orElse(0)).isNotNegative();
    assertThat(Figures.word(text, 1).orElse(0)).isNotNegative();
  }
}
