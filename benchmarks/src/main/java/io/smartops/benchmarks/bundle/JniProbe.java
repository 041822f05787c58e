package io.smartops.benchmarks.bundle;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.util.cuda.CudaUtils;
import com.google.gson.JsonObject;
import io.smartops.SmartOps;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Whether DJL's native part, built for libtorch 2.7.1, fits the host's libtorch.
 *
 * <p>It binds to libtorch by C++ names without versions: a stranger may load and then read a tensor
 * at the wrong offsets. So the cheap questions come first, each a stage, and any wrong answer or
 * crash is the finding.
 */
final class JniProbe implements Check {
  static final String NAME = "jni-probe";

  /** A linear step's worth of rounding between two ways to sum. */
  private static final double TOLERANCE = 1e-5;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String question() {
    return "does DJL's native part fit the host's libtorch?";
  }

  @Override
  public Duration timeout() {
    // The first CUDA call of a process may load gigabytes of kernels from a slow disk.
    return Duration.ofMinutes(5);
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.LIBTORCH);
  }

  @Override
  public Finding run(Stages stages) {
    stages.begin("load");
    Engine engine = Engine.getEngine("PyTorch");
    JsonObject figures = new JsonObject();
    figures.addProperty("engine", engine.toString());
    figures.addProperty("gpus", CudaUtils.getGpuCount());
    if (TrainingHost.isCuda() && CudaUtils.getGpuCount() == 0) {
      return Finding.cannotRun(
          "libtorch is a CUDA build and loads, but its CUDA runtime (libcudart) finds no GPU, or was not found itself");
    }
    Device device = TrainingHost.device();
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      arrays(stages, manager, device);
      arithmetic(stages, manager);
      gradient(stages, manager);
    }
    return training(stages, device, figures);
  }

  private static void arrays(Stages stages, NDManager manager, Device device) {
    stages.begin("shape");
    NDArray array = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));
    expect("shape", new Shape(2, 3), array.getShape());
    expect(
        "shape of four dimensions",
        new Shape(2, 1, 3, 4),
        manager.zeros(new Shape(2, 1, 3, 4)).getShape());
    stages.begin("device");
    expect("device", device, array.getDevice());
    stages.begin("dtype");
    for (DataType type :
        List.of(DataType.FLOAT32, DataType.FLOAT64, DataType.INT64, DataType.INT32)) {
      expect("dtype", type, manager.zeros(new Shape(2), type).getDataType());
    }
    stages.begin("values");
    expect("values", List.of(1f, 2f, 3f, 4f, 5f, 6f), floats(array));
    stages.begin("slice");
    expect("slice", List.of(4f, 5f, 6f), floats(array.get("1")));
    expect("slice of a column", List.of(2f, 5f), floats(array.get(":, 1")));
    stages.begin("set");
    array.set(new NDIndex("0, :"), 7f);
    expect("set", List.of(7f, 7f, 7f, 4f, 5f, 6f), floats(array));
  }

  private static void arithmetic(Stages stages, NDManager manager) {
    stages.begin("matrix product");
    NDArray a = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
    expect("matrix product", List.of(7f, 10f, 15f, 22f), floats(a.matMul(a)));
    stages.begin("softmax");
    expect("softmax", List.of(0.5f, 0.5f), floats(manager.zeros(new Shape(2)).softmax(0)));
  }

  private static void gradient(Stages stages, NDManager manager) {
    stages.begin("gradient");
    NDArray x = manager.create(new float[] {3, -2});
    x.setRequiresGradient(true);
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      collector.backward(x.mul(x).sum());
    }
    expect("gradient", List.of(6f, -4f), floats(x.getGradient()));
  }

  private static Finding training(Stages stages, Device device, JsonObject figures) {
    TrainingJob job = TrainingJob.mlp(8);
    stages.begin("training step of DJL");
    List<float[]> start = job.train(device, 0, Model::newTrainer);
    List<float[]> plain = job.train(device, 1, Model::newTrainer);
    stages.begin("training step of SmartOps");
    List<float[]> smart = job.train(device, 1, SmartOps::trainer);
    double change = TrainingJob.relativeDifference(plain, start);
    double difference = TrainingJob.relativeDifference(plain, smart);
    figures.addProperty("changeByOneStep", change);
    figures.addProperty("differenceOfSmartOps", difference);
    boolean right = TrainingJob.isFinite(plain) && change > 0 && difference <= TOLERANCE;
    return Finding.of(
        right,
        "%s; libtorch fits; one step of SmartOps is %.1e off plain DJL"
            .formatted(TrainingHost.words(), difference),
        figures);
  }

  private static List<Float> floats(NDArray array) {
    float[] values = array.toFloatArray();
    Float[] boxed = new Float[values.length];
    Arrays.setAll(boxed, i -> values[i]);
    return List.of(boxed);
  }

  private static void expect(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual)) {
      throw new IllegalStateException(
          "%s should be %s, but is %s: this libtorch does not fit"
              .formatted(what, expected, actual));
    }
  }
}
