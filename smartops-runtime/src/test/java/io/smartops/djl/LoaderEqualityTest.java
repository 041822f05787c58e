package io.smartops.djl;

import static io.smartops.djl.LoaderDatasets.seed;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.Dataset;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.RandomSampler;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.translate.PaddingStackBatchifier;
import ai.djl.translate.SimplePaddingStackBatchifier;
import ai.djl.util.RandomUtils;
import io.smartops.SmartLoader;
import io.smartops.SmartLoaderOptions;
import io.smartops.djl.LoaderDatasets.Records;
import io.smartops.djl.LoaderDatasets.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loader's batches are those of DJL's own iterator. */
@Timeout(60)
class LoaderEqualityTest {
  private NDManager manager;

  @BeforeEach
  void open() {
    manager = NDManager.newBaseManager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Arguments> samplings() {
    List<Arguments> cases = new ArrayList<>();
    for (long seed : new long[] {1, 77}) {
      for (boolean random : new boolean[] {false, true}) {
        for (boolean dropLast : new boolean[] {false, true}) {
          for (int workers : new int[] {-1, 0, 3}) {
            cases.add(Arguments.of(seed, random, dropLast, workers));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("samplings")
  void recordsAreEqual(long seed, boolean random, boolean dropLast, int workers) throws Exception {
    Dataset dataset = new Records.Builder().setSampling(8, random, dropLast).build();
    assertEqual(dataset, seed, workers);
  }

  @ParameterizedTest
  @MethodSource("samplings")
  void arraysAreEqual(long seed, boolean random, boolean dropLast, int workers) throws Exception {
    Dataset dataset = LoaderDatasets.arrays(manager, 50).setSampling(8, random, dropLast).build();
    assertEqual(dataset, seed, workers);
  }

  @ParameterizedTest
  @MethodSource("samplings")
  void plainDatasetsAreEqual(long seed, boolean random, boolean dropLast, int workers)
      throws Exception {
    Dataset inner = new Records.Builder().setSampling(8, random, dropLast).build();
    assertEqual(new LoaderDatasets.Plain(inner), seed, workers);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void splitsAndSubDatasetsAreEqual(boolean random) throws Exception {
    RandomAccessDataset records = new Records.Builder().setSampling(8, random).build();
    ArrayDataset arrays = LoaderDatasets.arrays(manager, 50).setSampling(8, random).build();
    for (RandomAccessDataset whole : List.of(records, arrays)) {
      seed(5);
      for (RandomAccessDataset part : whole.randomSplit(7, 3)) {
        assertEqual(part, 9, -1);
      }
      assertEqual(whole.subDataset(3, 30), 9, -1);
      assertEqual(whole.subDataset(List.of(4L, 4L, 17L, 2L, 40L, 9L, 1L, 0L, 3L)), 9, -1);
    }
  }

  @Test
  void transformsAndBatchifiersAreEqual() throws Exception {
    assertEqual(
        new Records.Builder()
            .setSampling(8, true)
            .addTransform(array -> array.mul(3).add(1))
            .addTargetTransform(array -> array.add(10))
            .build(),
        3,
        -1);
    assertEqual(
        LoaderDatasets.arrays(manager, 50)
            .setSampling(8, true)
            .addTransform(array -> array.mul(3))
            .addTargetTransform(array -> array.add(10))
            .build(),
        3,
        -1);
    // Not STACK: the array dataset goes record by record then.
    assertEqual(
        LoaderDatasets.arrays(manager, 50)
            .setSampling(8, true)
            .optDataBatchifier(new SimplePaddingStackBatchifier())
            .build(),
        3,
        -1);
    assertEqual(
        new Records.Builder()
            .setSampling(8, false)
            .optDataBatchifier(
                PaddingStackBatchifier.builder()
                    .optIncludeValidLengths(true)
                    .addPad(0, 0, m -> m.zeros(new ai.djl.ndarray.types.Shape(1)), 10)
                    .build())
            .build(),
        3,
        -1);
  }

  /** Draws of a shared generator are in DJL's order if one thread at a time reads. */
  @Test
  void randomTransformsAreEqualWhereOneThreadReads() throws Exception {
    Dataset dataset =
        new Records.Builder()
            .size(200)
            .readNanos(300_000)
            .setSampling(8, true)
            .addTransform(array -> array.mul(RandomUtils.nextFloat()))
            .build();
    List<Seen> expected = LoaderDatasets.djl(dataset, manager, 12);
    SmartLoaderOptions careful =
        SmartLoaderOptions.builder().optManager(manager).optThreadSafe(false).build();
    try (SmartLoader loader = SmartLoader.of(dataset, careful)) {
      seed(12);
      assertThat(LoaderDatasets.drain(loader)).isEqualTo(expected);
      assertThat(loader.stats().workers()).isEqualTo(1);
    }
  }

  @Test
  void limitAndDeviceAndNoLabelsAreEqual() throws Exception {
    NDArray data = manager.arange(40f).reshape(20, 2);
    assertEqual(
        new ArrayDataset.Builder()
            .setData(data)
            .setSampling(6, true)
            .optLimit(15)
            .optDevice(Device.cpu())
            .build(),
        3,
        -1);
  }

  @Test
  void aSamplerOfTheCallersIsUsed() throws Exception {
    RandomAccessDataset dataset = new Records.Builder().setSampling(8, false).build();
    Sampler sampler = new BatchSampler(new RandomSampler(), 5, true);
    List<Seen> expected = LoaderDatasets.djl(dataset, sampler, manager, 4);
    try (SmartLoader loader =
        SmartLoader.of(dataset, SmartLoaderOptions.builder().optSampler(sampler).build())) {
      seed(4);
      assertThat(LoaderDatasets.drain(loader)).isEqualTo(expected);
    }
  }

  @Test
  void successivePassesAreEqual() throws Exception {
    Dataset dataset = new Records.Builder().setSampling(8, true).build();
    seed(11);
    List<List<Seen>> expected = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      expected.add(LoaderDatasets.drain(dataset.getData(manager)));
    }
    try (SmartLoader loader = SmartLoader.of(dataset)) {
      seed(11);
      for (List<Seen> pass : expected) {
        assertThat(LoaderDatasets.drain(loader)).isEqualTo(pass);
      }
      assertThat(loader.stats().batches()).isEqualTo(5 * 7);
    }
  }

  @Test
  void anEmptyDatasetHasNoBatch() {
    Dataset dataset =
        new Records.Builder()
            .size(0)
            .setSampling(new BatchSampler(new SequenceSampler(), 8))
            .build();
    try (SmartLoader loader = SmartLoader.of(dataset)) {
      assertThat(loader).isEmpty();
    }
  }

  private void assertEqual(Dataset dataset, long seed, int workers) throws Exception {
    List<Seen> expected = LoaderDatasets.djl(dataset, manager, seed);
    SmartLoaderOptions.Builder options = SmartLoaderOptions.builder().optManager(manager);
    if (workers >= 0) {
      options.optWorkers(workers);
    }
    try (SmartLoader loader = SmartLoader.of(dataset, options.build())) {
      seed(seed);
      assertThat(LoaderDatasets.drain(loader)).isNotEmpty().isEqualTo(expected);
    }
  }
}
