package io.smartops.benchmarks.bundle;

/**
 * A finished check.
 *
 * @param check its name
 * @param finding what it found
 * @param seconds how long its process lived
 */
record CheckResult(String check, Finding finding, double seconds) {}
