package io.smartops.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.smartops.StepReport;
import io.smartops.control.BatchController;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.control.MemoryExperience;
import io.smartops.control.MicroBatchLimits;
import io.smartops.control.tape.Setup;
import io.smartops.control.tape.Signal;
import io.smartops.control.tape.Tape;
import io.smartops.report.journal.Journal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Journals of made-up runs, replayed as they are and after something happened to them. */
class ReplayCommandTest {
  private static final long MIB = 1 << 20;
  private static final int BATCH = 512;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final AtomicLong step = new AtomicLong(1);
  private final Random luck = new Random(11);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"1 run.jsonl", "2 run.jsonl", "3 run.jsonl.gz", "4 run.jsonl.gz"})
  void makesTheSameDecisionsAgain(String seedAndName) throws IOException {
    String[] parts = seedAndName.split(" ", 2);
    Path journal = folder.resolve(parts[1]);
    int decisions = record(journal, new Random(Long.parseLong(parts[0])), 400);
    assertThat(decisions).isGreaterThan(10);

    assertThat(replay(journal.toString())).isZero();
    assertThat(out.toString())
        .contains("2 controllers, %d decisions made again, all as".formatted(decisions))
        .doesNotContain("ends before");
  }

  @Test
  void stepsThatAreAllTheSameTakeNoSpace() throws IOException {
    Path calm = folder.resolve("calm.jsonl");
    try (Journal journal = new Journal(calm)) {
      BatchController controller = controller().controller();
      Tape tape = journal.open("float32 on cpu()", controller(), step::get);
      for (int i = 0; i < 1_000; i++) {
        batch(controller, tape, journal, 900 * MIB, false);
        step.incrementAndGet();
      }
    }
    assertThat(Files.readAllLines(calm)).hasSizeLessThan(20);
    assertThat(replay(calm.toString(), "--explain", "700")).isZero();
    assertThat(out.toString())
        .contains("Step 700", "Nothing was changed", "micro-batch (float32 on cpu()):")
        .contains("a batch of 512 samples began, with 943.7 MB free");
  }

  @Test
  void followsAControllerThatBeganWhereAnotherOneWas() throws IOException {
    Path file = folder.resolve("lower.jsonl");
    Random random = new Random(9);
    try (Journal journal = new Journal(file)) {
      BatchController full = controller().controller();
      Tape fullTape = journal.open("float32 on cpu()", controller(), step::get);
      for (int i = 0; i < 5; i++) {
        batch(full, fullTape, journal, 300 * MIB, false);
        step.incrementAndGet();
      }
      BatchController lower = full.startingHere(2 * MIB);
      Tape lowerTape = fullTape.inLowerPrecision("bfloat16 on cpu()", 2 * MIB);
      for (int i = 0; i < 50; i++) {
        batch(lower, lowerTape, journal, (60 + random.nextInt(400)) * MIB, i % 11 == 5);
        step.incrementAndGet();
      }
    }
    assertThat(replay(file.toString())).isZero();
    assertThat(announced).isGreaterThan(10);
    assertThat(out.toString()).contains("2 controllers, %d decisions".formatted(announced));
  }

  @Test
  void comparesSizesAgainAsTheRunDid() throws IOException {
    Path file = searched();

    assertThat(replay(file.toString())).isZero();
    assertThat(announced).isGreaterThan(2);
    assertThat(out.toString()).contains("1 controllers, %d decisions".formatted(announced));
    assertThat(Files.readString(file)).contains("\"BatchDone\"", "less time each than 512");
  }

  @Test
  void showsTheFirstDifferenceWhenATimeWasChanged() throws IOException {
    Path file = searched();
    List<String> lines =
        Files.readAllLines(file).stream()
            .map(line -> line.replaceAll("(\"MicroBatchDone\",64,\\d+,)6", "$19"))
            .toList();
    Files.write(file, lines);

    assertThat(replay(file.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("The first difference: line ");
  }

  @Test
  void splitsABatchAgainWhoseLossLeavesNoRoom() throws IOException {
    Path file = folder.resolve("whole.jsonl");
    try (Journal journal = new Journal(file)) {
      BatchController controller = batches(false).controller();
      Tape tape = journal.open("float32 on cpu()", batches(false), step::get);
      batch(controller, tape, journal, 2_000 * MIB, false);
      tape.heard(new Signal.WholeReckoned(OptionalLong.of(700 * MIB), 600 * MIB));
      controller.whole(OptionalLong.of(700 * MIB), 600 * MIB);
      batch(controller, tape, journal, 2_000 * MIB, false);
      assertThat(controller.next(BATCH)).isLessThan(BATCH);
    }
    assertThat(replay(file.toString())).isZero();
    assertThat(out.toString()).contains("1 controllers, %d decisions".formatted(announced));
  }

  @Test
  void startsWithTheSizeThatWonInFloat32AsTheRunDid() throws IOException {
    Path file = folder.resolve("started.jsonl");
    try (Journal journal = new Journal(file)) {
      BatchController controller = batches(true).controller();
      Tape tape = journal.open("bfloat16 on cpu()", batches(true), step::get);
      batch(controller, tape, journal, 2_000 * MIB, false);
      step.incrementAndGet();
      tape.heard(new Signal.StartedWith(64));
      controller.startWith(64);
      batch(controller, tape, journal, 2_000 * MIB, false);
      assertThat(controller.next(BATCH)).isEqualTo(64);
      batch(controller, tape, journal, 40 * MIB, false);
    }
    assertThat(replay(file.toString(), "--explain", "2")).isZero();
    assertThat(out.toString())
        .contains("1 controllers, %d decisions".formatted(announced))
        .contains("micro-batches of 64 were fastest in float32");
  }

  /** A run in which 64 samples at once are fastest, though 512 fit. */
  private Path searched() {
    Path file = folder.resolve("searched.jsonl");
    try (Journal journal = new Journal(file)) {
      BatchController controller = batches(true).controller();
      Tape tape = journal.open("float32 on cpu()", batches(true), step::get);
      for (int i = 0; i < 60; i++) {
        batch(controller, tape, journal, 2_000 * MIB, false);
        step.incrementAndGet();
      }
      tape.heard(new Signal.SpeedGivenUp());
      controller.neverSplitForSpeed();
      batch(controller, tape, journal, 2_000 * MIB, false);
      assertThat(controller.next(BATCH)).isEqualTo(BATCH);
    }
    return file;
  }

  @Test
  void showsTheFirstDifferenceWhenASignalWasChanged() throws IOException {
    Path journal = recorded();
    List<String> lines = Files.readAllLines(journal);
    int signals = indexOf(lines, "\"type\":\"signals\"", 0);
    lines.set(
        signals,
        lines.get(signals).replaceFirst("\"BatchBegan\",512,\\d+", "\"BatchBegan\",512,1"));
    Files.write(journal, lines);

    assertThat(replay(journal.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("The first difference: line ", "journal: ", "replay:  ");
  }

  @Test
  void showsTheFirstDifferenceWhenADecisionWasChanged() throws IOException {
    Path journal = recorded();
    List<String> lines = Files.readAllLines(journal);
    int decision = indexOf(lines, "\"type\":\"decision\"", 0);
    int later = indexOf(lines, "\"type\":\"decision\"", decision + 1);
    lines.set(later, lines.get(later).replaceFirst("\"to\":\"\\d+\"", "\"to\":\"7\""));
    Files.write(journal, lines);

    assertThat(replay(journal.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("The first difference: line " + (later + 1) + ",");
  }

  @Test
  void showsTheFirstDifferenceWhenADecisionWasRemoved() throws IOException {
    Path journal = recorded();
    List<String> lines = Files.readAllLines(journal);
    lines.remove(indexOf(lines, "\"type\":\"decision\"", 0));
    Files.write(journal, lines);

    assertThat(replay(journal.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("journal: no decision");
  }

  @Test
  void saysThatTheRunWasKilled() throws IOException {
    Path journal = recorded();
    String text = Files.readString(journal);
    Files.writeString(journal, text.substring(0, text.indexOf("type", text.length() * 2 / 3)));

    assertThat(replay(journal.toString())).isZero();
    assertThat(out.toString()).contains("The journal ends before its run did, within line");
  }

  @Test
  void namesALineThatCannotBeRead() throws IOException {
    Path journal = recorded();
    List<String> lines = Files.readAllLines(journal);
    lines.set(4, lines.get(4).replace("{", "<"));
    Files.write(journal, lines);

    assertThat(replay(journal.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("line 5 of", "changed or damaged");
  }

  @Test
  void refusesAnotherVersion() throws IOException {
    Path journal = recorded();
    Files.writeString(
        journal, Files.readString(journal).replace("\"version\":1", "\"version\":99"));

    assertThat(replay(journal.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("version 99", "only version 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no json at all\n", "{\"type\":\"decision\",\"step\":1}\n"})
  void refusesWhatIsNoJournal(String content) throws IOException {
    Path other = Files.writeString(folder.resolve("other"), content);

    assertThat(replay(other.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("other");
  }

  @Test
  void saysThatThereIsNoFile() {
    assertThat(replay(folder.resolve("none").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("there is no file");
  }

  @Test
  void explainsADecisionWithItsFiguresAndItsOutcome() throws IOException {
    Path journal = recorded();

    assertThat(replay(journal.toString(), "--explain", "1")).isZero();
    assertThat(out.toString())
        .contains("Changed:", "micro-batch 512 → 16, because nothing is known yet")
        .contains("headroomBytes", "outcome: in the", "samples/s", "Known at the time:");
  }

  @Test
  void knowsNothingOfAStepThatNeverCame() throws IOException {
    assertThat(replay(recorded().toString(), "--explain", "4711")).isZero();
    assertThat(out.toString()).contains("Nothing is known of step 4711");
  }

  private Path recorded() throws IOException {
    Path journal = folder.resolve("run.jsonl");
    record(journal, new Random(5), 100);
    return journal;
  }

  private int replay(String... arguments) {
    return new CommandLine(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private static int indexOf(List<String> lines, String part, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).contains(part)) {
        return i;
      }
    }
    throw new AssertionError(part);
  }

  private static Setup.Batches controller() {
    return batches(false);
  }

  private static Setup.Batches batches(boolean splitsWhole) {
    return new Setup.Batches(
        Knob.MICRO_BATCH, MicroBatchLimits.ANY, 1, MemoryExperience.NONE, true, splitsWhole);
  }

  private int announced;

  /** Two devices whose free memory wanders, jumps and rests. */
  private int record(Path file, Random random, int steps) {
    try (Journal journal = new Journal(file)) {
      BatchController first = controller().controller();
      BatchController second = controller().controller();
      Tape firstTape = journal.open("float32 on cpu()", controller(), step::get);
      Tape secondTape = journal.open("float32 on gpu(0)", controller(), step::get);
      long free = 500 * MIB;
      for (int i = 0; i < steps; i++) {
        free = random.nextInt(8) == 0 ? (40 + random.nextInt(600)) * MIB : free;
        batch(first, firstTape, journal, free, random.nextInt(20) == 0);
        batch(second, secondTape, journal, 300 * MIB, false);
        journal.onStep(report(step.getAndIncrement()));
      }
    }
    return announced;
  }

  /** A logical batch: 1 MiB a sample, and 10 MiB. */
  private void batch(
      BatchController controller, Tape tape, Journal journal, long free, boolean fails) {
    OptionalLong headroom = OptionalLong.of(free);
    tape.heard(new Signal.BatchBegan(BATCH, headroom, true));
    tell(tape, journal, controller.begin(step.get(), BATCH, headroom, true));
    if (fails) {
      tape.heard(new Signal.RanOutOfMemory(controller.next(BATCH), headroom));
      tell(tape, journal, controller.outOfMemory(controller.next(BATCH), headroom));
    }
    long spent = 0;
    for (int left = BATCH; left > 0; ) {
      int size = controller.next(left);
      left -= size;
      OptionalLong growth = OptionalLong.of((10 + size) * MIB);
      long nanos = controller.looksAtTimes() ? nanos(size) : 0;
      tape.heard(new Signal.MicroBatchDone(size, growth, nanos));
      tell(tape, journal, controller.done(size, growth, nanos));
      spent += nanos;
    }
    if (controller.isTrying()) {
      tape.heard(new Signal.BatchDone(spent));
      tell(tape, journal, controller.batchDone(spent));
    }
    if (!fails) {
      return;
    }
    tape.heard(new Signal.HeadroomRead(OptionalLong.empty()));
    tell(tape, journal, controller.headroom(OptionalLong.empty()));
  }

  /** Launching costs as much as four samples; beyond 64 samples the caches are left. */
  private long nanos(int size) {
    double noise = 0.01 * luck.nextGaussian();
    return (long) ((4 + size * (size > 64 ? 1.4 : 1)) * 1e5 * Math.exp(noise));
  }

  private void tell(Tape tape, Journal journal, List<Decision> decisions) {
    if (!decisions.isEmpty()) {
      tape.decided(decisions);
      announced += decisions.size();
    }
    decisions.forEach(journal::onDecision);
  }

  private static StepReport report(long step) {
    return new StepReport(
        step,
        BATCH,
        BATCH,
        1,
        1_000_000,
        0,
        OptionalLong.of(200 * MIB),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        "float32",
        false,
        Optional.empty(),
        0);
  }
}
