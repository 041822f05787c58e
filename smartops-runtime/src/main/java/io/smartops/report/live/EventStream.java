package io.smartops.report.live;

import com.sun.net.httpserver.HttpExchange;
import io.smartops.report.history.RunHistory;
import io.smartops.report.history.RunSnapshot;
import io.smartops.report.page.RunJson;
import io.smartops.report.page.Seen;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Server-sent events for one open page: what is new, once a second, until the run ends or the page
 * goes. Runs on a thread of its own, so that a page which stops reading holds up nobody else.
 */
final class EventStream {
  static final Duration PERIOD = Duration.ofSeconds(1);

  private final RunHistory history;
  private final Supplier<String> runsJson;
  private Seen seen = Seen.NOTHING;

  EventStream(RunHistory history, Supplier<String> runsJson) {
    this.history = history;
    this.runsJson = runsJson;
  }

  /** Writes events until the run has finished, the page is gone or the server stops. */
  void run(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    while (!update(out)) {
      Thread.sleep(PERIOD.toMillis());
    }
  }

  /** Sends what is new; whether the run has finished. */
  private boolean update(OutputStream out) throws IOException {
    RunSnapshot snapshot = history.snapshot();
    send(out, "update", RunJson.of(snapshot, seen));
    seen = Seen.all(snapshot);
    send(out, "runs", runsJson.get());
    out.flush();
    return snapshot.finished();
  }

  private static void send(OutputStream out, String event, String data) throws IOException {
    String text = "event: " + event + "\ndata: " + data + "\n\n";
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
