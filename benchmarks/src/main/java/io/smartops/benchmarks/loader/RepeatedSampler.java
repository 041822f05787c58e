package io.smartops.benchmarks.loader;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Random batches, as many as asked for, so that a pass over a small array is long enough to
 * measure.
 *
 * @param size records of a batch
 * @param batches batches of a pass
 * @param rows rows to draw from
 */
record RepeatedSampler(int size, int batches, int rows) implements Sampler {

  @Override
  public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
    Random random = new Random(1);
    return IntStream.range(0, batches).mapToObj(i -> draw(random)).iterator();
  }

  private List<Long> draw(Random random) {
    return random.longs(size, 0, rows).boxed().toList();
  }

  @Override
  public int getBatchSize() {
    return size;
  }
}
