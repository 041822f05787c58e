package io.smartops.report.live;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunInfo;
import io.smartops.report.history.StepPoint;
import io.smartops.report.metrics.PrometheusPage;
import io.smartops.report.page.ReportPage;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live page of a run, its events and its metrics, served from the training process by the JDK's
 * own HTTP server: {@code /}, {@code /events}, {@code /metrics}.
 *
 * <p>Training never waits for it: a request copies the history and is answered on a daemon thread
 * of its own. At most {@value #MOST_REQUESTS} are answered at once; a page that stops reading keeps
 * its thread until the server stops.
 */
public final class Dashboard implements AutoCloseable {
  static final int MOST_REQUESTS = 32;

  /** Ports that are tried after one that is taken, so that several runs can ask for the same. */
  static final int PORTS_TRIED = 20;

  private static final Logger LOGGER = LoggerFactory.getLogger(Dashboard.class);
  private static final long LAST_EVENTS_MILLIS = 1_500;

  private final Gson gson = new GsonBuilder().serializeSpecialFloatingPointValues().create();
  private final RunInfo info;
  private final RunHistory history;
  private final Supplier<String> deviceMetrics;
  private final RunDirectory directory;
  private final HttpServer server;
  private final ExecutorService threads;
  private final Semaphore places = new Semaphore(MOST_REQUESTS);
  private final String url;
  private boolean directoryWorks = true;

  private Dashboard(
      DashboardOptions options,
      RunInfo info,
      RunHistory history,
      Supplier<String> deviceMetrics,
      RunDirectory directory)
      throws IOException {
    this.info = info;
    this.history = history;
    this.deviceMetrics = deviceMetrics;
    this.directory = directory;
    this.server = bind(options);
    this.threads = Executors.newCachedThreadPool(Dashboard::daemon);
    this.url = "http://%s:%d/".formatted(host(options), server.getAddress().getPort());
    Gate gate = new Gate(options.token());
    serve("/", gate, this::page);
    serve("/events", gate, this::events);
    serve("/metrics", gate, this::metrics);
    server.setExecutor(threads);
    server.start();
  }

  /**
   * Starts to serve.
   *
   * @param deviceMetrics Prometheus text of the devices
   * @throws IOException if no port can be had
   */
  public static Dashboard start(
      DashboardOptions options, RunInfo info, RunHistory history, Supplier<String> deviceMetrics)
      throws IOException {
    return start(options, info, history, deviceMetrics, RunDirectory.ofUser());
  }

  static Dashboard start(
      DashboardOptions options,
      RunInfo info,
      RunHistory history,
      Supplier<String> deviceMetrics,
      RunDirectory directory)
      throws IOException {
    Dashboard dashboard = new Dashboard(options, info, history, deviceMetrics, directory);
    dashboard.publish();
    return dashboard;
  }

  private static HttpServer bind(DashboardOptions options) throws IOException {
    int last = options.port() == 0 ? 0 : Math.min(65_535, options.port() + PORTS_TRIED);
    for (int port = options.port(); ; port++) {
      try {
        return HttpServer.create(new InetSocketAddress(options.address(), port), 0);
      } catch (BindException taken) {
        if (port >= last) {
          throw taken;
        }
      }
    }
  }

  private static String host(DashboardOptions options) {
    String host = options.address().getHostAddress();
    boolean anywhere = options.address().isAnyLocalAddress();
    return anywhere || options.address().isLoopbackAddress()
        ? "localhost"
        : host.contains(":") ? "[" + host + "]" : host;
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "smartops-dashboard");
    thread.setDaemon(true);
    return thread;
  }

  private void serve(String path, Gate gate, HttpHandler handler) {
    server.createContext(path, exchange -> answer(exchange, handler)).getFilters().add(gate);
  }

  /** Whatever a client does ends here, with its own connection. */
  private void answer(HttpExchange exchange, HttpHandler handler) throws IOException {
    if (!places.tryAcquire()) {
      exchange.sendResponseHeaders(503, -1);
      exchange.close();
      return;
    }
    try (exchange) {
      handler.handle(exchange);
    } catch (IOException gone) {
      LOGGER.debug("A client of the live page went away: {}", gone.toString());
    } catch (RuntimeException e) {
      LOGGER.warn("The live page failed to answer {}", exchange.getRequestURI(), e);
    } finally {
      places.release();
    }
  }

  /** The address of the page. */
  public String url() {
    return url;
  }

  private void page(HttpExchange exchange) throws IOException {
    if ("/".equals(exchange.getRequestURI().getPath())) {
      send(exchange, 200, "text/html; charset=utf-8", ReportPage.live(info.name()));
    } else {
      send(exchange, 404, "text/plain; charset=utf-8", "There is /, /events and /metrics.\n");
    }
  }

  private void metrics(HttpExchange exchange) throws IOException {
    String text = PrometheusPage.of(history, info.name(), deviceMetrics.get());
    send(exchange, 200, PrometheusPage.CONTENT_TYPE, text);
  }

  private void events(HttpExchange exchange) throws IOException {
    try {
      new EventStream(history, this::runsJson).run(exchange);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Tells the other runs on this machine how this one is doing. */
  public synchronized void publish() {
    if (!directoryWorks) {
      return;
    }
    try {
      directory.publish(entry());
    } catch (IOException | RuntimeException e) {
      directoryWorks = false;
      LOGGER.warn("Other runs on this machine will not see this one: {}", e.toString());
    }
  }

  private RunEntry entry() {
    Optional<StepPoint> latest = history.latest();
    return new RunEntry(
        info.name(),
        info.pid(),
        info.started().toEpochMilli(),
        System.currentTimeMillis(),
        url,
        latest.map(StepPoint::step).orElse(0L),
        latest.flatMap(p -> p.samplesPerSecond().stream().boxed().findFirst()).orElse(null),
        latest.flatMap(p -> p.usedBytes().stream().boxed().findFirst()).orElse(null));
  }

  private synchronized String runsJson() {
    JsonArray runs = new JsonArray();
    if (directoryWorks) {
      try {
        for (RunEntry run : directory.runs()) {
          JsonObject json = gson.toJsonTree(run).getAsJsonObject();
          json.addProperty("here", run.url().equals(url));
          runs.add(json);
        }
      } catch (IOException | RuntimeException e) {
        LOGGER.debug("The other runs on this machine cannot be listed: {}", e.toString());
      }
    }
    return gson.toJson(runs);
  }

  /** Lets open pages see the end of the run, for a moment, and stops. */
  @Override
  public void close() {
    withdraw();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(LAST_EVENTS_MILLIS, TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
  }

  private synchronized void withdraw() {
    try {
      directory.withdraw(entry());
    } catch (IOException | RuntimeException e) {
      LOGGER.debug("This run's entry was not removed: {}", e.toString());
    }
  }
}
