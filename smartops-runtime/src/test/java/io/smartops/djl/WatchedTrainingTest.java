package io.smartops.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.smartops.PrecisionPolicy;
import io.smartops.SmartOps;
import io.smartops.SmartOpsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real training run, and what its report says of it. */
class WatchedTrainingTest {
  @TempDir private Path folder;

  @Test
  void theReportTellsTheRun() throws Exception {
    Path report = folder.resolve("smartops-report.html");
    train(inFloat32().optMicroBatch(4).optReport(report).optName("tiny").build());

    JsonObject data = data(report);
    JsonObject columns = data.getAsJsonObject("steps").getAsJsonObject("columns");
    assertThat(data.getAsJsonObject("run").get("name").getAsString()).isEqualTo("tiny");
    assertThat(data.getAsJsonObject("totals").get("steps").getAsLong()).isEqualTo(6);
    assertThat(data.getAsJsonObject("totals").get("samples").getAsLong()).isEqualTo(48);
    assertThat(columns.getAsJsonArray("micro")).allMatch(m -> m.getAsInt() == 4);
    assertThat(columns.getAsJsonArray("parts")).allMatch(p -> p.getAsInt() == 2);
    assertThat(columns.getAsJsonArray("loss").get(0).getAsDouble()).isPositive();
    assertThat(data.getAsJsonObject("totals").get("waitSeconds").getAsDouble()).isPositive();
    assertThat(columns.getAsJsonArray("used")).noneMatch(JsonElement::isJsonNull);
    assertThat(columns.getAsJsonArray("limit")).noneMatch(JsonElement::isJsonNull);
    // 6·3·2 of a linear block.
    assertThat(data.getAsJsonObject("compute").get("flopsPerSample").getAsLong()).isEqualTo(36);
    assertThat(columns.getAsJsonArray("mfu").get(5).getAsDouble()).isBetween(0.0, 1.0);
  }

  @Test
  void watchingChangesNoParameter() throws Exception {
    float[] plain = train(inFloat32().build());
    float[] watched =
        train(inFloat32().optReport(folder.resolve("r.html")).optDashboardPort(0).build());

    assertThat(watched).isEqualTo(plain);
  }

  private static SmartOpsConfig.Builder inFloat32() {
    return SmartOpsConfig.builder().optPrecision(PrecisionPolicy.FP32);
  }

  private static float[] train(SmartOpsConfig options) throws Exception {
    Engine.getInstance().setRandomSeed(3);
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("tiny")) {
      model.setBlock(new SequentialBlock().add(Linear.builder().setUnits(2).build()));
      NDArray data = manager.arange(72f).reshape(24, 3).div(72);
      NDArray labels = manager.arange(24f).mod(2).reshape(24, 1);
      ArrayDataset set =
          new ArrayDataset.Builder().setData(data).optLabels(labels).setSampling(8, false).build();
      DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss());
      try (Trainer trainer = SmartOps.trainer(model, config, options)) {
        trainer.initialize(new Shape(1, 3));
        EasyTrain.fit(trainer, 2, set, null);
      }
      return model.getBlock().getParameters().get(0).getValue().getArray().toFloatArray();
    }
  }

  private static JsonObject data(Path report) throws Exception {
    Matcher script =
        Pattern.compile("id=\"data\">(.*?)</script>").matcher(Files.readString(report));
    assertThat(script.find()).isTrue();
    return JsonParser.parseString(script.group(1)).getAsJsonObject();
  }
}
