package io.smartops.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.smartops.control.Knob;
import io.smartops.nvml.fake.FakeNvml;
import io.smartops.report.devices.GpuReader;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunInfo;
import io.smartops.report.history.SampleRun;
import io.smartops.report.live.Dashboard;
import io.smartops.report.live.DashboardOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Report and live page in a real browser. Needs Chromium and its driver (Debian: {@code apt-get
 * install chromium-driver}); without them these tests are skipped, and say so.
 */
@Timeout(120)
class PageInBrowserTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static ChromeDriver browser;
  @TempDir private static Path profile;
  @TempDir private Path folder;

  @BeforeAll
  static void openBrowser() {
    assumeTrue(
        Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
        "no Chromium here: apt-get install chromium-driver runs the tests of the page");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--user-data-dir=" + profile);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
    browser = new ChromeDriver(service, options);
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.quit();
    }
  }

  @AfterEach
  void theConsoleHoldsNoError() {
    List<LogEntry> errors =
        browser.manage().logs().get(LogType.BROWSER).getAll().stream()
            .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
            .toList();
    assertThat(errors).isEmpty();
  }

  @Test
  void chartsAreDrawnAndCellsColoured() throws IOException {
    openReport(SampleRun.eventful());

    for (String chart :
        List.of("throughput", "loss", "memory", "micro", "wait", "prefetch", "mfu")) {
      assertThat(colours("#chart-" + chart + " canvas")).as(chart).isGreaterThan(3);
    }
    assertThat(colours("#heat-utilisation canvas")).isGreaterThan(20);
    assertThat(text("#heat-temperature")).contains("Not available here", "/sys/class/thermal");
    assertThat(text("#missing")).contains("SM occupancy", "DRAM bandwidth", "PCIe received");
    assertThat(text("#tuned")).contains("micro-batch", "512 → 171", "prefetch depth", "+3.3 %");
    assertThat(text("#tiles")).contains("171 × 3", "1", "foreseen", "27.7 %");
  }

  @Test
  void aDecisionTellsItsReasonWhenPointedAt() throws IOException {
    openReport(SampleRun.eventful());
    WebElement mark = mark("#chart-memory", SampleRun.REASON);

    new Actions(browser).moveToElement(mark.findElement(By.tagName("i"))).perform();

    assertThat(browser.findElement(By.id("tip")).isDisplayed()).isTrue();
    assertThat(text("#tip"))
        .contains("step 151: micro-batch 256 → 171, because " + SampleRun.REASON);
  }

  @Test
  void aDecisionTellsItsReasonToTheKeyboardAndToReaders() throws IOException {
    openReport(SampleRun.eventful());
    WebElement mark = mark("#chart-prefetch", "the training thread waited");

    script("arguments[0].focus()", mark);

    assertThat(browser.findElement(By.id("tip")).isDisplayed()).isTrue();
    assertThat(mark.getAccessibleName()).contains("prefetch depth 2 → 6");
    assertThat(browser.findElement(By.cssSelector("#chart-loss .uplot")).getAccessibleName())
        .contains("Loss", "from 2.243 to");
    for (WebElement button : browser.findElements(By.tagName("button"))) {
      assertThat(button.getAccessibleName()).isNotBlank();
    }
  }

  @ParameterizedTest
  @CsvSource({"1280, light", "1280, dark", "390, light", "390, dark"})
  void thePageFitsTheScreen(int width, String theme) throws IOException {
    openReport(SampleRun.eventful());
    show(width, theme);

    assertThat(script("return document.documentElement.scrollWidth - innerWidth")).isEqualTo(0L);
    double contrast = ((Number) script(CONTRAST)).doubleValue();
    assertThat(contrast).isGreaterThan(4.5);
  }

  /** Contrast of quiet text against a card, as WCAG defines it. */
  private static final String CONTRAST =
      """
      const probe = document.createElement('i'); document.body.append(probe);
      const light = name => {
        probe.style.color = getComputedStyle(document.documentElement).getPropertyValue(name);
        const [r, g, b] = getComputedStyle(probe).color.match(/[0-9.]+/g).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const [a, b] = [light('--quiet'), light('--card')].sort((x, y) => y - x);
      probe.remove();
      return (a + 0.05) / (b + 0.05);
      """;

  @Test
  void theButtonChangesTheThemeOfChartsAndLegends() throws IOException {
    openReport(SampleRun.eventful());
    String marker =
        "return getComputedStyle(document.querySelector("
            + "'#chart-loss .u-series:nth-child(2) .u-marker')).borderTopColor";
    Object before = script(marker);

    browser.findElement(By.id("theme")).click();

    assertThat(script(marker)).isNotEqualTo(before);
    assertThat(colours("#chart-loss canvas")).isGreaterThan(3);
  }

  @Test
  void gpusHaveHeatmapsAndChartsOfTheirOwn() throws IOException {
    SampleRun run = new SampleRun();
    try (GpuReader gpus = GpuReader.over(FakeNvml.of("H100", "H100").open())) {
      for (int i = 0; i < 50; i++) {
        run.steps(1, 64);
        run.history().devices(gpus.read());
      }
    }
    openReport(run.history());

    assertThat(colours("#heat-temperature canvas")).isGreaterThan(0);
    assertThat(text("#gauges")).contains("Power", "Memory in use");
  }

  @Test
  void aLivePageFollowsTheRun() throws IOException {
    SampleRun run = new SampleRun();
    run.steps(50, 64);
    RunInfo info = new RunInfo("live run", 1, Instant.now(), List.of("cpu()"));
    try (Dashboard dashboard =
        Dashboard.start(DashboardOptions.loopback(0), info, run.history(), () -> "")) {
      browser.get(dashboard.url());
      await(() -> text("#tiles").contains("50"));
      assertThat(text("#state")).isEqualTo("live");

      run.steps(3_000, 128);
      run.decide(3_050, Knob.MICRO_BATCH, "64", "128", "there is room");
      await(() -> text("#tiles").contains("3,050") && text("#marks").contains("there is room"));
      assertThat(colours("#chart-throughput canvas")).isGreaterThan(3);

      run.history().finish();
      await(() -> text("#state").equals("finished"));
    }
  }

  /** Writes the screenshots of the documents, when asked to. */
  @Test
  void screenshots() throws IOException {
    String target = System.getProperty("smartops.screenshots", "");
    assumeTrue(!target.isEmpty(), "-Dsmartops.screenshots=FOLDER writes the screenshots");
    openReport(SampleRun.eventful());
    for (String theme : Set.of("light", "dark")) {
      for (int width : List.of(1280, 390)) {
        show(width, theme);
        byte[] image = browser.getScreenshotAs(OutputType.BYTES);
        Files.write(Path.of(target, "report-%s-%d.png".formatted(theme, width)), image);
      }
    }
  }

  private void openReport(RunHistory history) throws IOException {
    Path file = folder.resolve("smartops-report.html");
    Files.writeString(file, ReportPage.report(history.snapshot()));
    browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    browser.manage().window().setSize(new Dimension(1280, 1600));
    browser.get(file.toUri().toString());
    await(() -> !browser.findElements(By.cssSelector("#chart-throughput canvas")).isEmpty());
  }

  /** A window cannot be as narrow as a phone: the device is emulated. */
  private void show(int width, String theme) {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 1600, "deviceScaleFactor", 1, "mobile", width < 600));
    script(
        "document.documentElement.dataset.theme = arguments[0]; dispatchEvent(new Event('resize'))",
        theme);
    await(
        () ->
            (boolean)
                script(
                    "return [...document.querySelectorAll('.uplot')].every(u => u.clientWidth <= u.parentNode.clientWidth)"));
  }

  private WebElement mark(String chart, String reason) {
    return browser.findElements(By.cssSelector(chart + " .mark")).stream()
        .filter(mark -> mark.getAccessibleName().contains(reason))
        .findFirst()
        .orElseThrow();
  }

  private static String text(String selector) {
    return browser.findElement(By.cssSelector(selector)).getText();
  }

  /** How many colours a canvas shows. */
  private static long colours(String selector) {
    return (long)
        script(
            "const c = document.querySelector(arguments[0]);"
                + "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                + "const seen = new Set();"
                + "for (let i = 0; i < d.length; i += 4)"
                + "  if (d[i + 3] > 0) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);"
                + "return seen.size;",
            selector);
  }

  private static Object script(String code, Object... arguments) {
    return ((JavascriptExecutor) browser).executeScript(code, arguments);
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    new WebDriverWait(browser, PATIENCE).until(b -> condition.holds());
  }
}
