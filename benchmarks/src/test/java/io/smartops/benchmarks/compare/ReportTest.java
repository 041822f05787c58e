package io.smartops.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.smartops.benchmarks.compare.CellResult.Entry;
import io.smartops.benchmarks.compare.Trial.Contender;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people and programs get to read. */
class ReportTest {
  private static final Setting SETTING = Scope.defaults(64);
  private static final Cell CELL = new Cell(Load.of("audio"), Condition.NOISY_NEIGHBOUR);

  @TempDir private Path folder;

  @Test
  void theTableHoldsMediansSpreadAndRatios() throws Exception {
    CellResult result =
        result(entry(Contender.PLAIN, 100, 110, 90), entry(Contender.SMART, 150, 165, 180));

    String text = new MarkdownReport(comparison(result), List.of("benchmarks/a.png")).text();

    assertThat(text)
        .contains(
            "| audio | noisy neighbour | 100 (90–110) | 165 (150–180) | 100 (90–110)"
                + " | 1.50 (1.50–2.00) | 1.50 (1.50–2.00) | 0 |")
        .contains("![](benchmarks/a.png)", "    ./compare-it");
  }

  @Test
  void whatNeverFinishesIsSaid() throws Exception {
    Entry dead =
        new Entry(Contender.PLAIN, SETTING, List.of(Outcome.failed("x"), Outcome.failed("x")));

    String text =
        new MarkdownReport(comparison(result(dead, entry(Contender.SMART, 5, 5))), List.of())
            .text();

    assertThat(text).contains("| fails, 2 of 2 | 5 (5–5) | none finishes | – | – | – |");
  }

  @Test
  void thePlotsAreWritten() throws Exception {
    CellResult result = result(entry(Contender.PLAIN, 100), entry(Contender.SMART, 150));

    assertThat(new RatePlots(folder).write(List.of(result))).containsExactly("noisy-neighbour.png");
    assertThat(folder.resolve("noisy-neighbour.png")).isNotEmptyFile();
  }

  @Test
  void everyFigureIsInTheJson() throws Exception {
    String json =
        comparison(result(entry(Contender.PLAIN, 100), entry(Contender.SMART, 150))).toJson();

    assertThat(
            JsonParser.parseString(json)
                .getAsJsonObject()
                .getAsJsonArray("cells")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("finalists")
                .get(1)
                .getAsJsonObject()
                .getAsJsonArray("outcomes")
                .get(0)
                .getAsJsonObject()
                .get("samplesPerSecond")
                .getAsDouble())
        .isEqualTo(150);
  }

  @Test
  void aLaterResultTakesThePlaceOfAnOlderOneOfItsCell() throws Exception {
    CellResult later = result(entry(Contender.PLAIN, 10), entry(Contender.SMART, 70));
    CellResult other =
        new CellResult(
            new Cell(Load.of("vision"), Condition.FREE),
            "2026-01-31",
            60,
            0,
            List.of(),
            later.finalists(),
            List.of());
    Comparison kept =
        Comparison.fromJson(
            comparison(result(entry(Contender.PLAIN, 10), entry(Contender.SMART, 20))).toJson());

    Comparison merged = kept.with(other, "./compare-free").with(later, "./compare-it");

    assertThat(merged.cells()).usingRecursiveComparison().isEqualTo(List.of(other, later));
    assertThat(merged.commands()).containsExactly("./compare-it", "./compare-free");
  }

  private static Comparison comparison(CellResult result) throws Exception {
    return Comparison.on(Machine.here()).with(result, "./compare-it");
  }

  private static CellResult result(Entry... finalists) {
    return new CellResult(CELL, "2026-01-31", 60, 0, List.of(), List.of(finalists), List.of());
  }

  private static Entry entry(Contender contender, double... rates) {
    return new Entry(
        contender,
        SETTING,
        DoubleStream.of(rates)
            .mapToObj(rate -> new Outcome("", rate, rate, 0.5, 0, 0, 0, 0, 64))
            .toList());
  }
}
