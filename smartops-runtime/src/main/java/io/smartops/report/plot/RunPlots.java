package io.smartops.report.plot;

import io.smartops.report.history.RunSnapshot;
import io.smartops.report.history.StepPoint;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Plots for a paper, one PNG (300 dots per inch) and one SVG each: throughput, loss, memory,
 * micro-batch and waiting for data, over the step. A plot of which nothing is known is not written.
 *
 * <p>Needs {@code org.knowm.xchart:xchart} on the class path, an optional dependency.
 */
public final class RunPlots {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;
  private static final int DOTS_PER_INCH = 300;
  private static final double MEBI = 1 << 20;
  private static final double PERCENT = 100;

  /** Colours that differ in grey print and for the colour-blind (Okabe and Ito). */
  private static final Color[] COLOURS = {
    new Color(0, 114, 178), new Color(213, 94, 0), new Color(0, 158, 115)
  };

  private final List<StepPoint> points;

  /** One line of a plot. */
  private record Curve(String name, Function<StepPoint, OptionalDouble> value) {}

  private RunPlots(List<StepPoint> points) {
    this.points = points;
  }

  /**
   * Writes the plots.
   *
   * @param folder made if it is missing
   * @return the files
   * @throws IOException if one cannot be written
   */
  public static List<Path> write(RunSnapshot run, Path folder) throws IOException {
    Files.createDirectories(folder);
    RunPlots plots = new RunPlots(run.steps());
    List<Path> files = new ArrayList<>();
    for (XYChart chart : plots.charts()) {
      if (!chart.getSeriesMap().isEmpty()) {
        files.addAll(save(chart, folder));
      }
    }
    return List.copyOf(files);
  }

  private List<XYChart> charts() {
    return List.of(
        chart("throughput", "samples/s", new Curve("throughput", StepPoint::samplesPerSecond)),
        chart("loss", "loss", new Curve("loss", StepPoint::loss)),
        chart(
            "memory",
            "memory (MiB)",
            new Curve("used", p -> mebibytes(p.usedBytes().stream().asDoubleStream().findFirst())),
            new Curve(
                "limit", p -> mebibytes(p.limitBytes().stream().asDoubleStream().findFirst())),
            new Curve(
                "predicted peak",
                p -> mebibytes(p.predictedBytes().stream().asDoubleStream().findFirst()))),
        chart(
            "micro-batch",
            "samples",
            new Curve("micro-batch", p -> OptionalDouble.of(p.microBatch()))),
        chart(
            "data-wait",
            "waiting for data (% of the step)",
            new Curve("waiting", p -> OptionalDouble.of(PERCENT * p.waitShare()))));
  }

  private static OptionalDouble mebibytes(OptionalDouble bytes) {
    return bytes.isPresent() ? OptionalDouble.of(bytes.getAsDouble() / MEBI) : bytes;
  }

  private XYChart chart(String title, String unit, Curve... curves) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("step")
            .yAxisTitle(unit)
            .build();
    chart.getStyler().setChartTitleVisible(false);
    chart.getStyler().setLegendVisible(curves.length > 1);
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setPlotBorderVisible(false);
    for (int i = 0; i < curves.length; i++) {
      add(chart, curves[i], COLOURS[i % COLOURS.length]);
    }
    return chart;
  }

  private void add(XYChart chart, Curve curve, Color colour) {
    List<Double> steps = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (StepPoint point : points) {
      OptionalDouble value = curve.value().apply(point);
      if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
        steps.add((double) point.step());
        values.add(value.getAsDouble());
      }
    }
    if (!steps.isEmpty()) {
      XYSeries series = chart.addSeries(curve.name(), steps, values);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(colour);
      series.setLineStyle(new BasicStroke(1.2f));
    }
  }

  private static List<Path> save(XYChart chart, Path folder) throws IOException {
    Path png = folder.resolve(chart.getTitle() + ".png");
    Path svg = folder.resolve(chart.getTitle() + ".svg");
    BitmapEncoder.saveBitmapWithDPI(chart, png.toString(), BitmapFormat.PNG, DOTS_PER_INCH);
    VectorGraphicsEncoder.saveVectorGraphic(chart, svg.toString(), VectorGraphicsFormat.SVG);
    return List.of(png, svg);
  }
}
