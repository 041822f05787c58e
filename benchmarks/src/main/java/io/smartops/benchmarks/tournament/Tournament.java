package io.smartops.benchmarks.tournament;

import io.smartops.simulation.Scenario;
import io.smartops.simulation.Scenarios;
import io.smartops.simulation.SimulatedTraining;
import io.smartops.simulation.SmartPolicy;
import io.smartops.simulation.TrainingPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * How close does each policy come to an oracle, over many seeded scenarios? Prints a Markdown table
 * and draws a plot. Everything is simulated, so the figures are the same on every machine.
 *
 * <pre>
 * ./mvnw -q -B package dependency:copy-dependencies -DskipTests -pl benchmarks -am
 * java -cp 'benchmarks/target/classes:benchmarks/target/dependency/*' \
 *     io.smartops.benchmarks.tournament.Tournament 200 1000 docs/tournament.png
 * </pre>
 */
public final class Tournament {
  private static final int SCENARIOS = 200;
  private static final int STEPS = 1000;

  private static final List<Function<Scenario, TrainingPolicy>> POLICIES =
      List.of(
          SmartPolicy::new,
          StaticByHand::new,
          HalveOnFailure::new,
          RestartSmaller::new,
          PowerSearch::new,
          GrowOnlyPrefetch::new,
          Goodput::new,
          SafetyNet::new);

  private Tournament() {}

  /**
   * Plays, prints and draws.
   *
   * @param args scenarios, logical steps of each, file of the plot; all may be left out
   */
  public static void main(String[] args) throws IOException {
    int scenarios = args.length > 0 ? Integer.parseInt(args[0]) : SCENARIOS;
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : STEPS;
    List<Tally> tallies = play(scenarios, steps);
    System.out.println(Tally.header());
    tallies.forEach(tally -> System.out.println(tally.row()));
    if (args.length > 2) {
      TournamentPlot.draw(tallies, Path.of(args[2]));
    }
  }

  static List<Tally> play(int scenarios, int steps) {
    List<Tally> tallies = new ArrayList<>();
    for (Function<Scenario, TrainingPolicy> policy : POLICIES) {
      Tally tally = new Tally(policy.apply(Scenarios.of(1, steps)).toString());
      for (long seed = 1; seed <= scenarios; seed++) {
        Scenario scenario = Scenarios.of(seed, steps);
        tally.add(scenario, new SimulatedTraining(scenario, policy.apply(scenario)).run(steps));
      }
      tallies.add(tally);
    }
    return tallies;
  }
}
