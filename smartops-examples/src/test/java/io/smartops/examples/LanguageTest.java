package io.smartops.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.translate.NoopTranslator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the language job stands on. */
class LanguageTest {

  @Test
  void theBookIsCutIntoPiecesOfWholeWords() throws IOException {
    List<String> train = MobyDick.pieces(false);
    List<String> test = MobyDick.pieces(true);

    assertThat(train.get(0)).isEqualTo("CHAPTER 1.");
    assertThat(train).contains("Call me Ishmael.").hasSizeGreaterThan(10_000);
    assertThat(test).contains("CHAPTER 10.").hasSizeGreaterThan(1_000).doesNotContain("CHAPTER 1.");
    assertThat(train).allMatch(piece -> !piece.isEmpty() && piece.length() <= MobyDick.LENGTH);
  }

  @Test
  void targetsAreTheInputsOnePlaceOn() {
    long[] inputs = Characters.inputs("ab");
    long[] targets = Characters.targets("ab");

    assertThat(inputs).startsWith(Characters.EDGE, Characters.token('a'), Characters.token('b'), 0);
    assertThat(targets)
        .startsWith(Characters.token('a'), Characters.token('b'), Characters.EDGE, 0);
    assertThat(Characters.character(Characters.token('q'))).isEqualTo('q');
  }

  /** After an x comes a y three times of four, counted once more: (3 + 1) / (4 + tokens). */
  @Test
  void aBigramModelCounts() {
    BigramModel model = new BigramModel(List.of("xy", "xy", "xy", "xx"));
    double afterEdge = (4 + 1.0) / (4 + Characters.COUNT);
    double yAfterX = (3 + 1.0) / (5 + Characters.COUNT);
    double edgeAfterY = (3 + 1.0) / (3 + Characters.COUNT);

    assertThat(model.perplexity(List.of("xy")))
        .isCloseTo(Math.pow(afterEdge * yAfterX * edgeAfterY, -1 / 3.0), within(1e-9));
  }

  @Test
  void everyTokenWeighsTheSameAndPaddingNothing() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray scores = manager.randomNormal(0, 1, new Shape(2, 3, 4), DataType.FLOAT32);
      NDList labels = new NDList(manager.create(new long[][] {{1, 2, 3}, {2, 0, 0}}));
      NDArray chances = scores.logSoftmax(2);
      float sum =
          chances.getFloat(0, 0, 1)
              + chances.getFloat(0, 1, 2)
              + chances.getFloat(0, 2, 3)
              + chances.getFloat(1, 0, 2);

      float loss = new TokenLoss().evaluate(labels, new NDList(scores)).getFloat();
      Perplexity perplexity = new Perplexity();
      perplexity.addAccumulator("x");
      perplexity.updateAccumulator("x", labels, new NDList(scores));

      assertThat(loss).isCloseTo(-sum / 4, within(1e-5f));
      assertThat(perplexity.getAccumulator("x"))
          .isCloseTo((float) Math.exp(-sum / 4), within(1e-4f));
    }
  }

  @Test
  void noPlaceSeesWhatComesAfterIt() throws Exception {
    LanguageWorkload workload = new LanguageWorkload();
    try (Model model = Model.newInstance("language")) {
      Block block = workload.newBlock();
      model.setBlock(block);
      block.initialize(model.getNDManager(), DataType.FLOAT32, workload.inputShape());
      float[] whale = scores(model, "the whale");
      float[] whole = scores(model, "the whole");
      int same = Characters.COUNT * "-the wh".length();

      assertThat(whale).startsWith(Arrays.copyOf(whole, same));
      assertThat(whale[same]).isNotEqualTo(whole[same]);
    }
  }

  private static float[] scores(Model model, String text) throws Exception {
    try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
        NDArray row =
            model.getNDManager().create(Characters.inputs(text)).reshape(1, Characters.ROW);
        NDArray scores = predictor.predict(new NDList(row)).singletonOrThrow()) {
      return scores.toFloatArray();
    }
  }
}
