package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.compare.CellResult.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** A bar chart a condition: rates as shares of the best static setting's, with their spread. */
final class RatePlots {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;

  private final Path folder;

  RatePlots(Path folder) {
    this.folder = folder;
  }

  /** Writes the charts and gives the files' names. */
  List<String> write(List<CellResult> results) throws IOException {
    Files.createDirectories(folder);
    List<String> names = new ArrayList<>();
    for (Condition condition : Condition.values()) {
      List<CellResult> shown =
          results.stream()
              .filter(result -> result.cell().condition() == condition)
              .filter(result -> result.best().isPresent())
              .toList();
      if (!shown.isEmpty()) {
        String name = condition.title().replace(' ', '-') + ".png";
        BitmapEncoder.saveBitmap(
            chart(condition, shown),
            folder.resolve(name).toString(),
            BitmapEncoder.BitmapFormat.PNG);
        names.add(name);
      }
    }
    return names;
  }

  private static CategoryChart chart(Condition condition, List<CellResult> results) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(condition.title())
            .yAxisTitle("samples/s, best static = 1")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setAvailableSpaceFill(0.8);
    add(chart, "plain DJL", results, result -> Optional.of(result.plain()));
    add(chart, "SmartOps", results, result -> Optional.of(result.smart()));
    add(chart, "best static", results, CellResult::best);
    return chart;
  }

  private static void add(
      CategoryChart chart,
      String series,
      List<CellResult> results,
      Function<CellResult, Optional<Entry>> whose) {
    List<String> names = results.stream().map(result -> result.cell().load().workload()).toList();
    List<Double> medians = new ArrayList<>();
    List<Double> spreads = new ArrayList<>();
    for (CellResult result : results) {
      double best = result.best().orElseThrow().medianRate();
      double[] shares =
          whose.apply(result).stream()
              .flatMapToDouble(entry -> Arrays.stream(entry.rates()))
              .map(rate -> rate / best)
              .sorted()
              .toArray();
      // What never finished has no rate: an empty place.
      medians.add(shares.length == 0 ? 0.0 : new Median().evaluate(shares));
      spreads.add(shares.length == 0 ? 0.0 : (shares[shares.length - 1] - shares[0]) / 2);
    }
    chart.addSeries(series, names, medians, spreads);
  }
}
