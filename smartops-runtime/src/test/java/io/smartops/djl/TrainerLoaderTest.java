package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Model;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.loss.Loss;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartLoaderOptions;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import io.smartops.SmartOpsListener;
import io.smartops.SmartTrainer;
import io.smartops.control.Decision;
import io.smartops.control.Knob;
import io.smartops.djl.LoaderDatasets.Records;
import io.smartops.djl.LoaderDatasets.Seen;
import io.smartops.prefetch.LiveThreads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The loader behind {@code trainer.iterateDataset}. */
@Timeout(60)
class TrainerLoaderTest {
  /** A build takes less than a share of such a step that is worth a thread. */
  private static final int STEP_IN_BUILDS = 100;

  private Model model;

  @BeforeEach
  void open() {
    model = Model.newInstance("loader", "PyTorch");
    model.setBlock(Linear.builder().setUnits(1).build());
  }

  @AfterEach
  void close() {
    model.close();
  }

  private static DefaultTrainingConfig config() {
    return new DefaultTrainingConfig(Loss.l2Loss());
  }

  private static SmartOpsConfig.Builder options() {
    return SmartOpsConfig.builder();
  }

  @Test
  void givesTheBatchesOfAPlainTrainer() throws Exception {
    List<Dataset> datasets =
        List.of(
            new Records.Builder().setSampling(8, true).build(),
            LoaderDatasets.arrays(model.getNDManager(), 50).setSampling(8, true).build(),
            new LoaderDatasets.Plain(new Records.Builder().setSampling(8, true, true).build()));
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Trainer plain = model.newTrainer(config());
        Trainer smart = SmartOps.trainer(model, config());
        Trainer withExecutor = SmartOps.trainer(model, config().optExecutorService(executor))) {
      for (Dataset dataset : datasets) {
        List<Seen> expected = pass(plain, dataset);
        assertThat(pass(smart, dataset)).isNotEmpty().isEqualTo(expected);
        assertThat(pass(withExecutor, dataset)).isEqualTo(expected);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static List<Seen> pass(Trainer trainer, Dataset dataset) throws Exception {
    LoaderDatasets.seed(6);
    return LoaderDatasets.drain(trainer.iterateDataset(dataset));
  }

  @Test
  void decisionsReachListenerJournalAndStats(@TempDir Path folder) throws Exception {
    Path journal = folder.resolve("journal.jsonl");
    List<Decision> heard = new ArrayList<>();
    SmartOpsListener listener =
        new SmartOpsListener() {
          @Override
          public void onDecision(Decision decision) {
            heard.add(decision);
          }
        };
    Dataset slow =
        new Records.Builder().size(1_000).readNanos(1_000_000).setSampling(4, true).build();
    try (SmartTrainer trainer =
        (SmartTrainer)
            SmartOps.trainer(
                model, config(), options().optJournal(journal).optListener(listener).build())) {
      LoaderDatasets.drain(trainer.iterateDataset(slow));
      assertThat(heard).anySatisfy(d -> assertThat(d.knob()).isEqualTo(Knob.LOADER_WORKERS));
      assertThat(heard).allSatisfy(d -> assertThat(d.step()).isEqualTo(1));
      assertThat(trainer.stats().decisions()).isEqualTo(heard);
    }
    assertThat(Files.readString(journal)).contains("LOADER_WORKERS", "record reading");
  }

  @Test
  void dataInMemoryBringNoDecisionAndNoThread() throws Exception {
    SmartOpsConfig float32 = options().optPrecision(PrecisionPolicy.FP32).build();
    try (SmartTrainer trainer = (SmartTrainer) SmartOps.trainer(model, config(), float32)) {
      Dataset dataset =
          LoaderDatasets.arrays(model.getNDManager(), 160).setSampling(8, true).build();
      LoaderDatasets.drain(dataset.getData(model.getNDManager())); // the first pass loads classes
      LiveThreads.staying(LoaderLifeTest.THREADS); // of other tests
      long asked = System.nanoTime();
      for (Batch batch : trainer.iterateDataset(dataset)) {
        long buildNanos = System.nanoTime() - asked;
        assertThat(LoaderLifeTest.threads()).isZero();
        Records.spin(STEP_IN_BUILDS * buildNanos);
        asked = System.nanoTime();
        batch.close();
      }
      assertThat(trainer.stats().decisions()).isEmpty();
    }
  }

  @Test
  void closesWithTheTrainer() throws Exception {
    Dataset dataset =
        new Records.Builder().size(5_000).readNanos(1_000_000).setSampling(8, true).build();
    Trainer trainer = SmartOps.trainer(model, config());
    Iterator<Batch> batches = trainer.iterateDataset(dataset).iterator();
    for (int i = 0; i < 6; i++) {
      batches.next().close();
    }
    Batch held = batches.next();
    trainer.close();
    assertThat(LiveThreads.staying(LoaderLifeTest.THREADS)).isZero();
    assertThat(held.getManager().isOpen()).isFalse();
    assertThat(batches.hasNext()).isFalse();
    assertThatThrownBy(() -> trainer.iterateDataset(dataset)).hasMessageContaining("closed");
  }

  @Test
  void heedsTheLoadersOptions() throws Exception {
    Records dataset =
        new Records.Builder().size(100).readNanos(200_000).bad(3L).setSampling(4, false).build();
    SmartLoaderOptions careful =
        SmartLoaderOptions.builder().optThreadSafe(false).optSkipBadRecords(1).build();
    try (Trainer trainer =
        SmartOps.trainer(model, config(), options().optLoader(careful).build())) {
      List<Seen> seen = LoaderDatasets.drain(trainer.iterateDataset(dataset));
      assertThat(seen).hasSize(25);
      assertThat(seen.get(0).indices()).isEqualTo(List.of(0L, 1L, 2L));
      assertThat(dataset.mostInside()).isEqualTo(1);
    }
    try (Trainer trainer = SmartOps.trainer(model, config())) {
      Iterator<Batch> batches = trainer.iterateDataset(dataset).iterator();
      assertThatThrownBy(batches::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Data loading failed at record 3")
          .hasRootCauseMessage("cannot read 3");
    }
  }
}
