package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.smartops.djl.TrainingProcess.Ended;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * A process beside the training takes memory of their common control group and gives it back: the
 * micro-batch shrinks before anything fails, and regrows. Where no group can be made, {@link
 * NeighbourTest} shows the same with scripted readings.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(180)
class RealNeighbourTest {
  @Test
  void theMicroBatchFollowsWhatTheNeighbourLeaves() throws IOException {
    Optional<MemoryGroup> made = MemoryGroup.create();
    assumeTrue(made.isPresent(), "needs the right to make a control group");
    try (MemoryGroup group = made.get()) {
      Ended run =
          TrainingProcess.runIn(
              group, NeighbourTraining.class, List.of("-Xmx64m"), group.folder().toString());
      assertThat(run.exitCode()).as(run.output()).isZero();
      assertThat(run.number("before")).as(run.output()).isEqualTo(NeighbourTraining.BATCH);
      assertThat(run.number("meanwhile"))
          .as(run.output())
          .isBetween(1L, NeighbourTraining.BATCH / 2L);
      assertThat(run.number("after")).as(run.output()).isEqualTo(NeighbourTraining.BATCH);
      assertThat(run.number("outOfMemory")).as(run.output()).isZero();
    }
  }
}
