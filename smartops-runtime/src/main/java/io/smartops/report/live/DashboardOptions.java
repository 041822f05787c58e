package io.smartops.report.live;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Where the live page is served.
 *
 * @param port the port that is tried first; 0 takes any
 * @param address the address to listen on: loopback unless a token is set
 * @param token what a client must know; empty for none
 */
public record DashboardOptions(int port, InetAddress address, Optional<String> token) {
  /** Shorter secrets can be guessed. */
  public static final int LEAST_TOKEN_LENGTH = 16;

  private static final int MOST_PORT = 65_535;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the port is none, or others than this machine would get in
   *     without a token of {@value #LEAST_TOKEN_LENGTH} characters
   */
  public DashboardOptions {
    if (port < 0 || port > MOST_PORT) {
      throw new IllegalArgumentException(
          "optDashboardPort must be from 0 (any port) to 65535, but is " + port);
    }
    int length = token.map(String::length).orElse(0);
    if (!address.isLoopbackAddress() && length < LEAST_TOKEN_LENGTH) {
      throw new IllegalArgumentException(
          "optDashboardAddress(\"%s\", token) opens the page to other machines and needs a token of"
                  .formatted(address.getHostAddress())
              + " at least %d characters, but it has %d".formatted(LEAST_TOKEN_LENGTH, length));
    }
  }

  /** This machine only. */
  public static DashboardOptions loopback(int port) {
    return new DashboardOptions(port, InetAddress.getLoopbackAddress(), Optional.empty());
  }

  /**
   * Another address, as {@code 0.0.0.0}.
   *
   * @throws IllegalArgumentException if there is no such address, or the token is too short
   */
  public static DashboardOptions on(int port, String address, String token) {
    try {
      return new DashboardOptions(port, InetAddress.getByName(address), Optional.of(token));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "optDashboardAddress: '%s' is no address of a network interface".formatted(address), e);
    }
  }
}
