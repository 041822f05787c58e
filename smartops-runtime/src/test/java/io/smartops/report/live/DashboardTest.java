package io.smartops.report.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunInfo;
import io.smartops.report.history.SampleRun;
import io.smartops.report.metrics.ExpositionParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DashboardTest {
  private static final String TOKEN = "0123456789abcdef";

  private final SampleRun run = new SampleRun();
  private final RunHistory history = run.history();
  private final List<Dashboard> open = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path folder;

  @AfterEach
  void close() {
    history.finish();
    open.forEach(Dashboard::close);
  }

  @Test
  void thePageIsServed() throws Exception {
    HttpResponse<String> page = get(start(loopback(0)), "");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
    assertThat(page.body()).contains("data-mode=\"live\"");
    assertThat(get(open.get(0), "nothing").statusCode()).isEqualTo(404);
  }

  @Test
  void metricsAreServed() throws Exception {
    run.steps(3, 64);
    HttpResponse<String> metrics = get(start(loopback(0)), "metrics");

    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    assertThat(ExpositionParser.parse(metrics.body()).keySet())
        .contains("smartops_steps_total{run=\"live\"}");
  }

  @Test
  void eventsTellWhatIsNewUntilTheEnd() throws Exception {
    run.steps(5, 64);
    Dashboard dashboard = start(loopback(0));
    try (BufferedReader events = events(dashboard)) {
      assertThat(columns(next(events, "update"), "step")).hasSize(5);
      run.steps(2, 64);
      JsonObject second = next(events, "update");
      assertThat(second.getAsJsonObject("steps").get("from").getAsInt()).isEqualTo(5);
      assertThat(columns(second, "step")).hasSize(2);
      history.finish();
      assertThat(next(events, "update").getAsJsonObject("run").get("finished").getAsBoolean())
          .isTrue();
    }
  }

  @Test
  void runsOnOneMachineAppearTogetherOnNeighbouringPorts() throws Exception {
    Dashboard first = start(loopback(0));
    int port = URI.create(first.url()).getPort();
    Dashboard second = start(loopback(port));

    assertThat(URI.create(second.url()).getPort()).isGreaterThan(port);
    try (BufferedReader events = events(second)) {
      JsonArray runs = next(events, "runs", JsonArray.class);
      assertThat(runs).hasSize(2);
      assertThat(runs)
          .extracting(r -> r.getAsJsonObject().get("url").getAsString())
          .containsExactlyInAnyOrder(first.url(), second.url());
      assertThat(runs)
          .filteredOn(r -> r.getAsJsonObject().get("here").getAsBoolean())
          .extracting(r -> r.getAsJsonObject().get("url").getAsString())
          .containsExactly(second.url());
    }
  }

  @Test
  void aClientThatStopsReadingHoldsUpNobody() throws Exception {
    Dashboard dashboard = start(loopback(0));
    try (Socket dead = new Socket(InetAddress.getLoopbackAddress(), port(dashboard))) {
      dead.setReceiveBufferSize(1024);
      dead.getOutputStream()
          .write(
              "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      run.steps(50_000, 64); // training goes on, the dead client's events are 200 kB each

      assertThat(get(dashboard, "metrics").body())
          .contains("smartops_steps_total{run=\"live\"} 50000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "LOCALHOST"})
  void withoutATokenLoopbackNamesAreLetIn(String host) throws Exception {
    assertThat(statusFor(start(loopback(0)), "Host: " + host)).contains(" 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"attacker.example", "attacker.example:80", "localhost.attacker.example", ""})
  void aSiteWhoseNameWasPointedHereIsRefused(String host) throws Exception {
    assertThat(statusFor(start(loopback(0)), "Host: " + host)).contains(" 403 ");
  }

  @Test
  void withATokenOnlyWhoKnowsItIsLetIn() throws Exception {
    Dashboard dashboard = start(DashboardOptions.on(0, "127.0.0.1", TOKEN));

    assertThat(statusFor(dashboard, "Host: any.example")).contains(" 401 ");
    assertThat(statusFor(dashboard, "Authorization: Bearer 0123456789abcdeX")).contains(" 401 ");
    assertThat(statusFor(dashboard, "Authorization: Bearer " + TOKEN)).contains(" 200 ");
    assertThat(statusFor(dashboard, "Cookie: a=b; smartops-token=" + TOKEN)).contains(" 200 ");
    HttpResponse<String> page = get(dashboard, "?token=" + TOKEN);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Set-Cookie").orElseThrow())
        .contains("smartops-token=" + TOKEN, "HttpOnly", "SameSite=Strict");
  }

  @Test
  void onlyReadingIsServed() throws Exception {
    HttpRequest post =
        HttpRequest.newBuilder(URI.create(start(loopback(0)).url()))
            .POST(HttpRequest.BodyPublishers.ofString("x"))
            .build();

    assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @Test
  void openingThePageToOthersNeedsAToken() {
    assertThatThrownBy(() -> DashboardOptions.on(0, "0.0.0.0", "short"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs a token of at least 16 characters, but it has 5");
    assertThatThrownBy(() -> loopback(70_000))
        .hasMessage("optDashboardPort must be from 0 (any port) to 65535, but is 70000");
  }

  private static DashboardOptions loopback(int port) {
    return DashboardOptions.loopback(port);
  }

  private Dashboard start(DashboardOptions options) throws IOException {
    RunInfo info =
        new RunInfo("live", ProcessHandle.current().pid(), Instant.now(), List.of("cpu()"));
    RunDirectory directory =
        new RunDirectory(folder.resolve("runs"), pid -> true, System::currentTimeMillis);
    Dashboard dashboard = Dashboard.start(options, info, history, () -> "", directory);
    open.add(dashboard);
    return dashboard;
  }

  private static int port(Dashboard dashboard) {
    return URI.create(dashboard.url()).getPort();
  }

  private HttpResponse<String> get(Dashboard dashboard, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(dashboard.url() + path))
            .timeout(Duration.ofSeconds(30))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The status line for a request with a header that the JDK's client would not send. */
  private static String statusFor(Dashboard dashboard, String header) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(dashboard))) {
      String request = "GET /metrics HTTP/1.1\r\n" + header + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  private BufferedReader events(Dashboard dashboard) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(dashboard.url() + "events")).build();
    InputStream body = client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body();
    return new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
  }

  private static JsonObject next(BufferedReader events, String kind) throws IOException {
    return next(events, kind, JsonObject.class);
  }

  private static <T> T next(BufferedReader events, String kind, Class<T> type) throws IOException {
    String line = events.readLine();
    while (line != null && !line.equals("event: " + kind)) {
      line = events.readLine();
    }
    String data = Optional.ofNullable(events.readLine()).orElseThrow();
    return type.cast(JsonParser.parseString(data.substring("data: ".length())));
  }

  private static JsonArray columns(JsonObject update, String name) {
    return update.getAsJsonObject("steps").getAsJsonObject("columns").getAsJsonArray(name);
  }
}
