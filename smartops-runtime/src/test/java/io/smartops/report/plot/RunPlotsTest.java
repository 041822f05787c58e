package io.smartops.report.plot;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.report.history.SampleRun;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPlotsTest {
  @TempDir private Path folder;

  @Test
  void eachPlotIsAnImageAndADrawing() throws IOException {
    List<Path> files = RunPlots.write(SampleRun.eventful().snapshot(), folder);

    assertThat(files)
        .extracting(file -> file.getFileName().toString())
        .contains("throughput.png", "throughput.svg", "memory.png", "loss.svg", "data-wait.png");
    BufferedImage image = ImageIO.read(folder.resolve("memory.png").toFile());
    assertThat(image.getWidth()).isGreaterThan(2000); // 300 dots per inch
    boolean curve =
        IntStream.range(0, image.getHeight())
            .anyMatch(y -> isBlue(image.getRGB(image.getWidth() / 2, y)));
    assertThat(curve).isTrue();
    assertThat(Files.readString(folder.resolve("memory.svg")))
        .contains("<svg")
        .contains("stroke:rgb(0,114,178)");
  }

  /** The first curve's colour, if softened at its edges. */
  private static boolean isBlue(int rgb) {
    return (rgb & 0xff) - (rgb >> 16 & 0xff) > 100;
  }

  @Test
  void aRunWithoutStepsHasNoPlots() throws IOException {
    assertThat(RunPlots.write(new SampleRun().history().snapshot(), folder)).isEmpty();
  }
}
