package io.smartops.benchmarks.compare;

import io.smartops.benchmarks.compare.Trial.Contender;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.descriptive.rank.Median;

/**
 * What came of one workload under one condition.
 *
 * @param cell which
 * @param date the day
 * @param steps optimizer steps of a run
 * @param headroomBytes memory that was left; 0: all of it
 * @param sweep the static settings that were tried once
 * @param finalists who took part in the rounds: plain DJL, SmartOps, the sweep's best
 * @param unlimited plain DJL with all memory, round by round, where memory was limited
 */
record CellResult(
    Cell cell,
    String date,
    int steps,
    long headroomBytes,
    List<Entry> sweep,
    List<Entry> finalists,
    List<Outcome> unlimited) {

  /**
   * One contender.
   *
   * @param contender who
   * @param setting its setting
   * @param outcomes round by round
   */
  record Entry(Contender contender, Setting setting, List<Outcome> outcomes) {

    boolean finished() {
      return outcomes.stream().allMatch(Outcome::finished);
    }

    long finishedRounds() {
      return outcomes.stream().filter(Outcome::finished).count();
    }

    /** Samples a second, of the rounds that finished. */
    double[] rates() {
      return outcomes.stream()
          .filter(Outcome::finished)
          .mapToDouble(Outcome::samplesPerSecond)
          .toArray();
    }

    double medianRate() {
      return new Median().evaluate(rates());
    }
  }

  /** Whether it is of this workload and condition, whatever their size. */
  boolean isOf(Cell other) {
    return cell.condition() == other.condition()
        && cell.load().workload().equals(other.load().workload());
  }

  Entry plain() {
    return of(Contender.PLAIN).findFirst().orElseThrow();
  }

  Entry smart() {
    return of(Contender.SMART).findFirst().orElseThrow();
  }

  /** The oracle: the fastest setting that always finished; plain DJL's own defaults are one. */
  Optional<Entry> best() {
    return Stream.concat(of(Contender.STATIC), of(Contender.PLAIN))
        .filter(Entry::finished)
        .max(Comparator.comparingDouble(Entry::medianRate));
  }

  private Stream<Entry> of(Contender contender) {
    return finalists.stream().filter(entry -> entry.contender() == contender);
  }

  /** SmartOps' rate over the other's, round by round, where both finished. */
  double[] ratios(Entry other) {
    return IntStream.range(0, other.outcomes().size())
        .filter(i -> other.outcomes().get(i).finished() && smart().outcomes().get(i).finished())
        .mapToDouble(
            i ->
                smart().outcomes().get(i).samplesPerSecond()
                    / other.outcomes().get(i).samplesPerSecond())
        .toArray();
  }

  /** The largest relative distance of SmartOps' final loss from that of plain DJL, by seed. */
  Optional<Double> lossDistance() {
    List<Outcome> references = unlimited.isEmpty() ? plain().outcomes() : unlimited;
    return IntStream.range(0, references.size())
        .filter(i -> references.get(i).finished() && smart().outcomes().get(i).finished())
        .mapToObj(i -> distance(references.get(i), smart().outcomes().get(i)))
        .max(Comparator.naturalOrder());
  }

  private static double distance(Outcome reference, Outcome other) {
    return Math.abs(other.finalLoss() - reference.finalLoss()) / Math.abs(reference.finalLoss());
  }
}
