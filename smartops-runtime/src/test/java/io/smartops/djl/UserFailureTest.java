package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.PairList;
import io.smartops.SmartOpsException;
import io.smartops.SmartTrainer;
import io.smartops.control.MicroBatchLimits;
import io.smartops.djl.FailureRun.Outcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the user's own code throws: out of memory is replayed, anything else reaches the caller. */
class UserFailureTest {
  private static final MicroBatchLimits EIGHTS = new MicroBatchLimits(8, 8);
  private static final Scenario.Loop TRAIN_BATCH =
      (trainer, batch, index) -> ((SmartTrainer) trainer).trainBatch(batch);

  /** When to throw, of all calls that are counted. */
  private static final class Trap {
    private final int call;
    private final Supplier<RuntimeException> failure;
    private int calls;

    Trap(int call, Supplier<RuntimeException> failure) {
      this.call = call;
      this.failure = failure;
    }

    static Trap none() {
      return new Trap(-1, FailureRun::outOfMemory);
    }

    static Trap outOfMemory(int call) {
      return new Trap(call, FailureRun::outOfMemory);
    }

    void reach() {
      if (calls++ == call) {
        throw failure.get();
      }
    }
  }

  /** Passes on to another optimizer, and may fail before or after that. */
  private static final class FailingOptimizer extends Optimizer {
    private final Optimizer delegate = Scenario.adam().get();
    private final Trap before;
    private final Trap after;

    FailingOptimizer(Trap before, Trap after) {
      super(Adam.builder().optLearningRateTracker(Tracker.fixed(1f)));
      this.before = before;
      this.after = after;
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray gradient) {
      before.reach();
      delegate.update(parameterId, weight, gradient);
      after.reach();
    }
  }

  /** Runs out of memory after the update of a large parameter. */
  private static final class LargeFailingOptimizer extends Optimizer {
    private final Optimizer delegate = Scenario.adam().get();
    private final AtomicInteger updates;

    LargeFailingOptimizer(AtomicInteger updates) {
      super(Adam.builder().optLearningRateTracker(Tracker.fixed(1f)));
      this.updates = updates;
    }

    @Override
    public void update(String parameterId, NDArray weight, NDArray gradient) {
      delegate.update(parameterId, weight, gradient);
      if (Tensors.bytes(weight) > TransactionalParameterServer.SNAPSHOT_LIMIT_BYTES) {
        updates.incrementAndGet();
        throw FailureRun.outOfMemory();
      }
    }
  }

  /** The cross entropy, until it fails. */
  private static final class FailingLoss extends Loss {
    private final Loss loss = Loss.softmaxCrossEntropyLoss();
    private final Trap trap;

    FailingLoss(Trap trap) {
      super("failing");
      this.trap = trap;
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      trap.reach();
      return loss.evaluate(labels, predictions);
    }
  }

  /** The identity, until it fails. */
  private static final class FailingBlock extends AbstractBlock {
    private final Trap trap;

    FailingBlock(Trap trap) {
      this.trap = trap;
    }

    @Override
    protected NDList forwardInternal(
        ParameterStore store, NDList in, boolean training, PairList<String, Object> params) {
      trap.reach();
      return new NDList(in.head().mul(in.head().onesLike()));
    }

    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {}

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
      return inputShapes;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 8, 11})
  void anOptimizerThatRunsOutBeforeOrAfterItsUpdateIsRepeated(int call) {
    Outcome clean = withOptimizer(Trap.none(), Trap.none()).clean();
    Outcome before = withOptimizer(Trap.outOfMemory(call), Trap.none()).clean();
    before.assertSameAs(clean, "before update " + call);
    Outcome after = withOptimizer(Trap.none(), Trap.outOfMemory(call)).clean();
    after.assertSameAs(clean, "after update " + call);
    assertThat(List.of(before.failures(), after.failures())).containsExactly(1L, 1L);
  }

  /** No copy was taken: the error is final, though memory running out is what caused it. */
  @Test
  void aLargeParameterThatAnUnknownOptimizerLeavesHalfUpdatedIsSaid() {
    AtomicInteger updates = new AtomicInteger();
    Supplier<Optimizer> optimizer = () -> new LargeFailingOptimizer(updates);
    Scenario mlp = Scenarios.mlp().withOptimizer(optimizer);
    Supplier<Block> block =
        () ->
            new SequentialBlock()
                .add(Linear.builder().setUnits(50_000).build())
                .add(Linear.builder().setUnits(Scenarios.CLASSES).build());
    FailureRun run = run(withBlock(mlp, block), EIGHTS, TRAIN_BATCH);
    assertThatThrownBy(run::clean)
        .isInstanceOf(SmartOpsException.class)
        .hasMessageContaining("half-updated");
    assertThat(updates.get()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 6, 8, 10})
  void aLossThatRunsOutIsRepeated(int call) {
    Outcome failed = withLoss(Trap.outOfMemory(call)).clean();
    failed.assertSameAs(withLoss(Trap.none()).clean(failed.caps()), "loss call " + call);
    assertThat(failed.failures()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 4, 6, 9})
  void aBlockThatRunsOutIsRepeated(int call) {
    Outcome failed = withBlock(Trap.outOfMemory(call)).clean();
    Outcome clean = withBlock(Trap.none()).clean(failed.caps());
    failed.assertSameAs(clean, "block call " + call);
    assertThat(failed.failures()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"before, 6", "after, 6", "before, 9", "after, 11"})
  void aStepThatTheUsersErrorStoppedGoesOnWhereItStopped(String when, int call) {
    Trap trap = new Trap(call, () -> new IllegalStateException("disk full"));
    Trap none = Trap.none();
    Supplier<Optimizer> optimizer =
        () ->
            when.equals("before")
                ? new FailingOptimizer(trap, none)
                : new FailingOptimizer(none, trap);
    Outcome failed = steppingAgain(Scenarios.mlp().withOptimizer(optimizer)).clean();
    Outcome clean = steppingAgain(adam(none, none)).clean();
    failed.assertSameAs(clean, when + " update " + call);
  }

  @Test
  void anErrorOfTheLossReachesTheCallerAndLeavesNoGradient() {
    Scenario scenario =
        Scenarios.mlp()
            .withOptimizer(Scenario.adam())
            .withLoss(
                "refusing",
                b -> new FailingLoss(new Trap(7, () -> new IllegalStateException("no"))));
    Scenario.Loop again =
        (trainer, batch, index) -> {
          if (index == 1) {
            assertThatThrownBy(() -> ((SmartTrainer) trainer).trainBatch(batch)).hasMessage("no");
            assertThat(BoundaryCollector.current()).isEmpty();
          }
          ((SmartTrainer) trainer).trainBatch(batch);
        };
    Outcome failed = run(scenario, EIGHTS, again).clean();
    Outcome clean = withLoss(Trap.none()).clean();
    assertThat(failed.parameters()).usingRecursiveComparison().isEqualTo(clean.parameters());
  }

  /** The loop that calls step() itself, and once more if it fails. */
  private static FailureRun steppingAgain(Scenario scenario) {
    Scenario.Loop loop =
        (trainer, batch, index) -> {
          ((SmartTrainer) trainer).trainBatch(batch);
          try {
            trainer.step();
          } catch (IllegalStateException e) {
            assertThat(e).hasMessage("disk full");
            trainer.step();
          }
        };
    int never = Integer.MAX_VALUE;
    return new FailureRun(scenario, loop, EIGHTS, 3, never);
  }

  private static FailureRun withOptimizer(Trap before, Trap after) {
    return run(adam(before, after), EIGHTS, TRAIN_BATCH);
  }

  private static Scenario adam(Trap before, Trap after) {
    return Scenarios.mlp().withOptimizer(() -> new FailingOptimizer(before, after));
  }

  private static FailureRun withLoss(Trap trap) {
    Scenario scenario = Scenarios.mlp().withLoss("failing", b -> new FailingLoss(trap));
    return run(scenario.withOptimizer(Scenario.adam()), EIGHTS, TRAIN_BATCH);
  }

  private static FailureRun withBlock(Trap trap) {
    Scenario mlp = Scenarios.dropoutMlp();
    Supplier<Block> block =
        () -> new SequentialBlock().add(mlp.block().get()).add(new FailingBlock(trap));
    return run(withBlock(mlp, block).withOptimizer(Scenario.adam()), EIGHTS, TRAIN_BATCH);
  }

  private static Scenario withBlock(Scenario scenario, Supplier<Block> block) {
    return new Scenario(
        "other block",
        block,
        scenario.inputShapes(),
        scenario.data(),
        scenario.labels(),
        scenario.loss(),
        scenario.optimizer(),
        scenario.batchSize());
  }

  private static FailureRun run(Scenario scenario, MicroBatchLimits limits, Scenario.Loop loop) {
    return new FailureRun(scenario, loop, limits, 3, 1);
  }
}
