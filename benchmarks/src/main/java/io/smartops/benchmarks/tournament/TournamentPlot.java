package io.smartops.benchmarks.tournament;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws each policy's scenarios from its worst to its best. */
final class TournamentPlot {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 400;

  private TournamentPlot() {}

  static void draw(Tally own, List<Tally> shipped, List<Tally> byHand, Path file)
      throws IOException {
    List<XYChart> charts =
        List.of(chart(Tournament.AS_SHIPPED, own, shipped), chart(Tournament.BY_HAND, own, byHand));
    BitmapEncoder.saveBitmap(
        charts, charts.size(), 1, file.toString(), BitmapEncoder.BitmapFormat.PNG);
  }

  private static XYChart chart(String title, Tally own, List<Tally> rivals) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("scenarios, worst to best (%)")
            .yAxisTitle("share of the oracle (%)")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setYAxisMin(0.0);
    add(chart, own);
    rivals.forEach(rival -> add(chart, rival));
    return chart;
  }

  private static void add(XYChart chart, Tally tally) {
    List<Double> shares = tally.shares().stream().map(share -> 100 * share).toList();
    chart.addSeries(tally.policy(), ranks(shares.size()), shares).setMarker(SeriesMarkers.NONE);
  }

  private static List<Double> ranks(int count) {
    List<Double> ranks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ranks.add(100.0 * (i + 1) / count);
    }
    return ranks;
  }
}
