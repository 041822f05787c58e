package io.smartops.benchmarks.step;

import io.smartops.benchmarks.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/** A {@link StepWorker} in another JVM, which rests until it is asked. */
final class StepProcess implements AutoCloseable {
  private final Process process;
  private final Writer questions;
  private final BufferedReader answers;

  /** Starts it, and returns when it is ready: two at once would slow each other down. */
  StepProcess(StepWorker.Who who, StepJob job) throws IOException {
    process =
        Jvm.process(StepWorker.class, List.of("-Xmx512m"), List.of(who.name(), job.name()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    questions = process.outputWriter();
    answers = process.inputReader();
    millisPerStep();
  }

  /** Trains a block of steps; the milliseconds that one took. */
  double millisPerStep() throws IOException {
    questions.write(System.lineSeparator());
    questions.flush();
    String line = answers.readLine();
    while (line != null && !line.startsWith(StepWorker.ANSWER)) {
      line = answers.readLine();
    }
    if (line == null) {
      throw new IOException("the process of the trainer has ended: " + process.info());
    }
    return Double.parseDouble(line.substring(StepWorker.ANSWER.length()));
  }

  /** The worker ends with its input. */
  @Override
  public void close() throws IOException {
    questions.close();
    process.onExit().join();
  }
}
