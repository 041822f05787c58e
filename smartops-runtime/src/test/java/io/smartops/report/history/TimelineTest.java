package io.smartops.report.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TimelineTest {
  /** Values from {@code first} to {@code last}, as one point. */
  private record Span(long first, long last) {
    Span plus(Span later) {
      assertThat(later.first).isEqualTo(last + 1);
      return new Span(first, later.last);
    }
  }

  private static Timeline<Span> filled(int capacity, int count) {
    Timeline<Span> timeline = new Timeline<>(capacity, Span::plus);
    LongStream.range(0, count).forEach(i -> timeline.add(new Span(i, i)));
    return timeline;
  }

  @Property(seed = "7", tries = 200)
  void everyValueIsInOnePoint(
      @ForAll @IntRange(min = 1, max = 5000) int count,
      @ForAll @IntRange(min = 1, max = 20) int half) {
    List<Span> points = filled(2 * half, count).points();

    assertThat(points.get(0).first()).isZero();
    assertThat(points.get(points.size() - 1).last()).isEqualTo(count - 1);
    IntStream.range(1, points.size())
        .forEach(i -> assertThat(points.get(i).first()).isEqualTo(points.get(i - 1).last() + 1));
    assertThat(points).hasSizeLessThanOrEqualTo(2 * half);
    assertThat(points).hasSizeGreaterThanOrEqualTo(Math.min(count, half));
  }

  @Test
  void allPointsButTheLastHoldEquallyMany() {
    List<Span> points = filled(8, 45).points();

    assertThat(points).hasSize(6);
    assertThat(points.subList(0, 5)).allMatch(p -> p.last() - p.first() == 7);
    assertThat(points.get(5)).isEqualTo(new Span(40, 44));
  }

  @Test
  void whoHasReadEarlierPointsHearsOfTheirMerging() {
    Timeline<Span> timeline = filled(4, 3);
    assertThat(timeline.generation()).isZero();
    assertThat(timeline.closedPoints()).isEqualTo(3);

    timeline.add(new Span(3, 3));
    assertThat(timeline.generation()).isEqualTo(1);
    assertThat(timeline.closedPoints()).isEqualTo(2);

    timeline.add(new Span(4, 4));
    assertThat(timeline.closedPoints()).isEqualTo(2);
    assertThat(timeline.latest()).contains(new Span(4, 4));
  }
}
