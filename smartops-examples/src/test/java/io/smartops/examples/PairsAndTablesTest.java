package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the contrastive and the tabular job stand on. */
class PairsAndTablesTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void partnersThatAreAlikeMakeTheLossSmall() {
    // Two pairs of orthogonal directions; the length of a vector does not matter.
    NDList matching = pairs(1, 0, 3, 0, 0, 1, 0, 2);
    NDList swapped = pairs(1, 0, 0, 1, 0, 1, 1, 0);
    float right = (float) Math.log(1 + Math.exp(-10));

    assertThat(loss(matching)).isCloseTo(right, within(1e-5f));
    assertThat(loss(swapped)).isCloseTo(10 + right, within(1e-4f));
    assertThat(retrieval(matching)).isEqualTo(1);
    assertThat(retrieval(swapped)).isZero();
  }

  @Test
  void theLossOfABatchIsNotThatOfItsParts() {
    NDArray pairs = manager.create(random(4 * 2 * 3), new Shape(4, 2, 3));
    float parts = loss(new NDList(pairs.get(":2"))) + loss(new NDList(pairs.get("2:")));

    assertThat(loss(new NDList(pairs))).isNotCloseTo(parts / 2, within(1e-2f));
  }

  @Test
  void theNearestNeighbourGivesItsClass() {
    NDArray known = manager.create(new float[] {1, 0, 0, 1}, new Shape(2, 2));
    NDArray asked = manager.create(new float[] {5, 1, 1, 5, 9, 1}, new Shape(3, 2));

    assertThat(new NearestNeighbour(known, new byte[] {7, 8}).accuracy(asked, new byte[] {7, 8, 8}))
        .isCloseTo(2 / 3.0, within(1e-9));
  }

  @Test
  void theErrorIsThatOfAllBatchesTogether() {
    RootMeanSquareError error = new RootMeanSquareError();
    error.addAccumulator("x");
    error.updateAccumulator("x", column(0, 0, 0), column(1, 1, 1));
    error.updateAccumulator("x", column(0), column(3));

    assertThat(error.getAccumulator("x")).isCloseTo((float) Math.sqrt(12 / 4.0), within(1e-6f));
  }

  @Test
  void theAnswerIsFriedmans() {
    float[] x = {0.5f, 1, 0, 0.25f, 1, 9, 9, 9, 9, 9};

    assertThat(TabularWorkload.answer(x)).isCloseTo(10 + 5 + 2.5 + 5, within(1e-6));
  }

  private NDList pairs(float... values) {
    return new NDList(manager.create(values, new Shape(2, 2, 2)));
  }

  private NDList column(float... values) {
    return new NDList(manager.create(values, new Shape(values.length, 1)));
  }

  private static float[] random(int count) {
    Random random = new Random(3);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float loss(NDList predictions) {
    return new PairLoss().evaluate(new NDList(), predictions).getFloat();
  }

  private static float retrieval(NDList predictions) {
    PairRetrieval retrieval = new PairRetrieval();
    retrieval.addAccumulator("x");
    retrieval.updateAccumulator("x", new NDList(), predictions);
    return retrieval.getAccumulator("x");
  }
}
