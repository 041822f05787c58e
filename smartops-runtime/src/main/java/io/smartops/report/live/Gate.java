package io.smartops.report.live;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who may see the page. With a token: who sends it, as {@code Authorization: Bearer}, as the
 * parameter {@code token}, or as the cookie that the page sets. Without one: who calls this machine
 * by its loopback name, so that a web site whose name was pointed here reads nothing.
 */
final class Gate extends Filter {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final String COOKIE = "smartops-token=";
  private static final String BEARER = "Bearer ";
  private static final String PARAMETER = "token=";

  private final Optional<String> token;

  Gate(Optional<String> token) {
    this.token = token;
  }

  @Override
  public String description() {
    return "lets in who knows the token, or calls by a loopback name";
  }

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    if (!"GET".equals(exchange.getRequestMethod())) {
      refuse(exchange, 405, "Only GET is served here.");
    } else if (token.isEmpty() && !isLoopbackName(exchange)) {
      refuse(exchange, 403, "Without a token this page answers to localhost only.");
    } else if (token.isPresent() && !knows(exchange, token.get())) {
      refuse(exchange, 401, "Open this page as /?token=… with the token of the run.");
    } else {
      remember(exchange);
      chain.doFilter(exchange);
    }
  }

  private static boolean isLoopbackName(HttpExchange exchange) {
    String host = Optional.ofNullable(exchange.getRequestHeaders().getFirst("Host")).orElse("");
    int port = host.lastIndexOf(':');
    String name = port > host.lastIndexOf(']') ? host.substring(0, port) : host;
    return LOOPBACK.contains(name.toLowerCase(Locale.ROOT));
  }

  private static boolean knows(HttpExchange exchange, String secret) {
    return Stream.of(
            header(exchange, "Authorization").filter(h -> h.startsWith(BEARER)).map(Gate::bearer),
            header(exchange, "Cookie").flatMap(Gate::cookie),
            Optional.ofNullable(exchange.getRequestURI().getRawQuery()).flatMap(Gate::parameter))
        .flatMap(Optional::stream)
        .anyMatch(given -> MessageDigest.isEqual(bytes(given), bytes(secret)));
  }

  private static Optional<String> header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  private static String bearer(String header) {
    return header.substring(BEARER.length());
  }

  private static Optional<String> cookie(String header) {
    return value(List.of(header.split("; *")), COOKIE);
  }

  private static Optional<String> parameter(String query) {
    return value(List.of(query.split("&")), PARAMETER);
  }

  private static Optional<String> value(List<String> pairs, String key) {
    return pairs.stream()
        .filter(p -> p.startsWith(key))
        .map(p -> p.substring(key.length()))
        .findFirst();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The page's own requests carry no parameter. */
  private void remember(HttpExchange exchange) {
    token.ifPresent(
        secret ->
            exchange
                .getResponseHeaders()
                .set("Set-Cookie", COOKIE + secret + "; HttpOnly; SameSite=Strict; Path=/"));
  }

  private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
    try (exchange) {
      byte[] text = bytes(why + "\n");
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(status, text.length);
      exchange.getResponseBody().write(text);
    }
  }
}
