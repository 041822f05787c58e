package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Scenario;
import io.smartops.simulation.Scenarios;
import io.smartops.simulation.SimulatedTraining;
import io.smartops.simulation.SmartPolicy;
import io.smartops.simulation.TrainingPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * How close does each policy come to an oracle, over many seeded scenarios? Prints two Markdown
 * tables and draws a plot of both: rivals as their libraries ship them, and the same rivals with
 * precision and workers set by a user who knows what is best. Everything is simulated, so the
 * figures are the same on every machine.
 *
 * <pre>
 * ./mvnw -q -B package dependency:copy-dependencies -DskipTests -pl benchmarks -am
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' \
 *     io.smartops.benchmarks.tournament.Tournament 200 1000 1 docs/tournament.png
 * </pre>
 */
public final class Tournament {
  static final String AS_SHIPPED = "Rivals as their libraries ship them";
  static final String BY_HAND = "Rivals with precision and workers set by hand";

  private static final int SCENARIOS = 200;
  private static final int STEPS = 1000;

  /** A rival, and what its library does where nobody says otherwise. */
  private record Contender(
      BiFunction<Scenario, Knobs, TrainingPolicy> policy, Function<Scenario, Knobs> shipped) {

    TrainingPolicy asShipped(Scenario scenario) {
      return policy.apply(scenario, shipped.apply(scenario));
    }

    TrainingPolicy byHand(Scenario scenario) {
      return policy.apply(scenario, Knobs.byHand(scenario));
    }
  }

  private static final List<Contender> RIVALS =
      List.of(
          new Contender(StaticByHand::new, Knobs::asShipped),
          new Contender(HalveOnFailure::new, Knobs::asComposerShips),
          new Contender(RestartSmaller::new, Knobs::asShipped),
          new Contender(PowerSearch::new, Knobs::asShipped),
          new Contender(GrowOnlyPrefetch::new, Knobs::asShipped),
          new Contender(Goodput::new, Knobs::asShipped),
          new Contender(SafetyNet::new, Knobs::asShipped));

  private final long firstSeed;
  private final int scenarios;
  private final int steps;

  Tournament(long firstSeed, int scenarios, int steps) {
    this.firstSeed = firstSeed;
    this.scenarios = scenarios;
    this.steps = steps;
  }

  /**
   * Plays, prints and draws.
   *
   * @param args scenarios, logical steps of each, the first seed, file of the plot; all may be left
   *     out
   */
  public static void main(String[] args) throws IOException {
    int scenarios = args.length > 0 ? Integer.parseInt(args[0]) : SCENARIOS;
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : STEPS;
    long firstSeed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    Tournament tournament = new Tournament(firstSeed, scenarios, steps);
    Tally own = tournament.play(SmartPolicy::new);
    List<Tally> shipped = tournament.playRivals(Contender::asShipped);
    List<Tally> byHand = tournament.playRivals(Contender::byHand);
    print(AS_SHIPPED, own, shipped);
    print(BY_HAND, own, byHand);
    if (args.length > 3) {
      TournamentPlot.draw(own, shipped, byHand, Path.of(args[3]));
    }
  }

  private static void print(String title, Tally own, List<Tally> rivals) {
    System.out.printf("%n%s%n%n%s%n%s%n", title, Tally.header(), own.row());
    rivals.forEach(rival -> System.out.println(rival.row()));
    Tally best = rivals.stream().max(Comparator.comparingDouble(Tally::meanShare)).orElseThrow();
    System.out.printf(
        "%n%.1f points ahead of the best rival: %s%n",
        100 * (own.meanShare() - best.meanShare()), best.policy());
  }

  private List<Tally> playRivals(BiFunction<Contender, Scenario, TrainingPolicy> how) {
    return RIVALS.stream()
        .map(contender -> play(scenario -> how.apply(contender, scenario)))
        .toList();
  }

  Tally play(Function<Scenario, TrainingPolicy> policy) {
    Tally tally = new Tally(policy.apply(Scenarios.of(firstSeed, steps)).toString());
    for (long seed = firstSeed; seed < firstSeed + scenarios; seed++) {
      Scenario scenario = Scenarios.of(seed, steps);
      tally.add(scenario, new SimulatedTraining(scenario, policy.apply(scenario)).run(steps));
    }
    return tally;
  }
}
