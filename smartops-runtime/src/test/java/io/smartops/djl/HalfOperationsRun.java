package io.smartops.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.smartops.control.Precision;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Runs every operation that {@link HalfOperations} lets through on an array of 16 bits, forward and
 * backward. A process of its own: one that is not safe ends it.
 */
final class HalfOperationsRun {
  /** Results that are no function of their operand's values, or a step function of them. */
  private static final Set<String> WITHOUT_GRADIENT =
      Set.of("gt", "gte", "lt", "lte", "eq", "neq", "duplicate", "stopGradient");

  private final Map<String, Function<Operands, NDArray>> operations = new LinkedHashMap<>();

  /**
   * What an operation may take; all but {@code mask} depend on the leaf.
   *
   * @param half 16 bits, (4, 4), between 0 and 1
   * @param full float32, (4, 4)
   * @param image 16 bits, (1, 1, 4, 4)
   */
  private record Operands(NDArray half, NDArray full, NDArray image, NDManager manager) {
    NDArrayEx ex() {
      return half.getNDArrayInternal();
    }

    NDArrayEx images() {
      return image.getNDArrayInternal();
    }
  }

  private HalfOperationsRun() {
    arithmetic();
    shapes();
    layers();
    pooling();
  }

  private void arithmetic() {
    operations.put("add", o -> o.half.add(o.half).add(1f).add(o.full));
    operations.put("sub", o -> o.full.sub(o.half.mul(3f)).sub(1f));
    operations.put("mul", o -> o.half.mul(o.half).mul(2f).mul(o.full));
    operations.put("div", o -> o.half.div(o.full).div(2f));
    operations.put("neg", o -> o.half.neg());
    operations.put("abs", o -> o.half.abs());
    operations.put("square", o -> o.half.square());
    operations.put("sqrt", o -> o.half.sqrt());
    operations.put("pow", o -> o.half.pow(2f).pow(o.half));
    operations.put("exp", o -> o.half.exp());
    operations.put("log", o -> o.half.log());
    operations.put("sin", o -> o.half.sin());
    operations.put("cos", o -> o.half.cos());
    operations.put("tanh", o -> o.half.tanh());
    operations.put("maximum", o -> o.half.maximum(o.full).maximum(0.1f));
    operations.put("minimum", o -> o.half.minimum(o.full).minimum(0.9f));
    operations.put("clip", o -> o.half.clip(0.1f, 0.9f));
    operations.put("matMul", o -> o.half.matMul(o.full).matMul(o.half));
    operations.put("batchMatMul", o -> o.half.expandDims(0).batchMatMul(o.full.expandDims(0)));
    operations.put("dot", o -> o.half.dot(o.half));
    operations.put("sum", o -> o.half.sum(new int[] {0}).sum());
    operations.put("mean", o -> o.half.mean(new int[] {0}).mean());
    operations.put("max", o -> o.half.max(new int[] {0}).max());
    operations.put("min", o -> o.half.min(new int[] {0}).min());
    operations.put("gt", o -> o.half.gt(o.full));
    operations.put("gte", o -> o.half.gte(0.5f));
    operations.put("lt", o -> o.half.lt(o.full));
    operations.put("lte", o -> o.half.lte(0.5f));
    operations.put("eq", o -> o.half.eq(o.full));
    operations.put("neq", o -> o.half.neq(0.5f));
  }

  private void shapes() {
    operations.put("reshape", o -> o.half.reshape(2, 8));
    operations.put("flatten", o -> o.half.flatten());
    operations.put("transpose", o -> o.half.transpose(1, 0).transpose());
    operations.put("swapAxes", o -> o.half.swapAxes(0, 1));
    operations.put("expandDims", o -> o.half.expandDims(0));
    operations.put("squeeze", o -> o.image.squeeze(0).squeeze());
    operations.put("broadcast", o -> o.half.expandDims(0).broadcast(new Shape(3, 4, 4)));
    operations.put(
        "get",
        o ->
            o.half
                .get("1:3, :")
                .get(new NDIndex(0))
                .get(0)
                .add(o.half.get(o.half.gt(0.5f)).sum())
                .add(o.half.get(1, 2)));
    operations.put("gather", o -> o.half.gather(indices(o), 1));
    operations.put("gatherNd", o -> o.half.gatherNd(indices(o).get("0:1, :")));
    operations.put("take", o -> o.half.take(indices(o)));
    operations.put("split", o -> o.half.split(2).get(0));
    operations.put("concat", o -> NDArrays.concat(new NDList(o.half, o.full)).concat(o.half));
    operations.put(
        "stack", o -> NDArrays.stack(new NDList(o.half, o.half)).stack(o.full.stack(o.full)));
    operations.put("repeat", o -> o.half.repeat(0, 2));
    operations.put("tile", o -> o.half.tile(2));
    operations.put("flip", o -> o.half.flip(0));
    operations.put("duplicate", o -> o.half.duplicate());
    operations.put("stopGradient", o -> o.half.stopGradient());
  }

  private static NDArray indices(Operands o) {
    return o.manager.zeros(new Shape(2, 4), DataType.INT64);
  }

  private void layers() {
    operations.put("linear", o -> o.ex().linear(o.half, o.full, o.full.get(0)).head());
    operations.put(
        "convolution",
        o ->
            o.images()
                .convolution(
                    o.image,
                    o.full.get("0:2, 0:2").reshape(1, 1, 2, 2),
                    o.full.get("0:1, 0").reshape(1),
                    new Shape(1, 1),
                    new Shape(0, 0),
                    new Shape(1, 1),
                    1)
                .head());
    operations.put("relu", o -> o.ex().relu());
    operations.put("sigmoid", o -> o.ex().sigmoid());
    operations.put("softPlus", o -> o.ex().softPlus());
    operations.put("softSign", o -> o.ex().softSign());
    operations.put("leakyRelu", o -> o.ex().leakyRelu(0.1f));
    operations.put("elu", o -> o.ex().elu(1f));
    operations.put("selu", o -> o.ex().selu());
    operations.put("gelu", o -> o.ex().gelu());
    operations.put("swish", o -> o.ex().swish(1f));
    operations.put("mish", o -> o.ex().mish());
    operations.put("dropout", o -> o.ex().dropout(o.half, 0.5f, true).head());
    operations.put(
        "layerNorm",
        o -> o.ex().layerNorm(o.half, new Shape(4), o.full.get(0), o.full.get(1), 1e-5f).head());
    operations.put(
        "batchNorm",
        o ->
            o.ex()
                .batchNorm(
                    o.half,
                    o.manager.zeros(new Shape(4)),
                    o.manager.ones(new Shape(4)),
                    o.full.get(0),
                    o.full.get(1),
                    1,
                    0.9f,
                    1e-5f,
                    true)
                .head());
    operations.put("where", o -> o.ex().where(o.half.gt(0.5f), o.half.neg()));
  }

  private void pooling() {
    Shape two = new Shape(2, 2);
    Shape none = new Shape(0, 0);
    operations.put("maxPool", o -> o.images().maxPool(two, two, none, false));
    operations.put("globalMaxPool", o -> o.images().globalMaxPool());
    operations.put("avgPool", o -> o.images().avgPool(two, two, none, false, true));
    operations.put("globalAvgPool", o -> o.images().globalAvgPool());
    operations.put("lpPool", o -> o.images().lpPool(2f, two, two, none, false));
    operations.put("globalLpPool", o -> o.images().globalLpPool(2f));
  }

  /** Prints what was done: {@code done=…}, and {@code wrong=…} for what has no gradient. */
  public static void main(String[] args) {
    Engine.getInstance();
    JniUtils.setGradMode(true); // off on the thread that loaded the engine
    HalfOperationsRun run = new HalfOperationsRun();
    StringBuilder done = new StringBuilder();
    StringBuilder wrong = new StringBuilder();
    Precision precision = Precision.valueOf(args[0]);
    run.operations.forEach(
        (name, operation) -> {
          System.out.println("trying " + name);
          try {
            float gradient = run.gradient(precision, operation);
            boolean flows = gradient != 0;
            if (flows == WITHOUT_GRADIENT.contains(name)) {
              wrong.append(name).append(": gradient ").append(gradient).append("; ");
            }
          } catch (RuntimeException e) {
            wrong.append(name).append(": ").append(e).append("; ");
          }
          done.append(name).append(',');
        });
    System.out.println("done=" + done);
    System.out.println("wrong=" + wrong);
  }

  /** The sum of the leaf's gradient's magnitudes. */
  private float gradient(Precision precision, Function<Operands, NDArray> operation) {
    Autocast autocast = Autocast.on(Device.cpu());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        Autocast.Scope scope = autocast.open(precision)) {
      GuardedArrays guard = new GuardedArrays(scope);
      NDArray leaf = manager.arange(1, 17, 1, DataType.FLOAT32).div(17f).reshape(4, 4);
      leaf.setRequiresGradient(true);
      NDArray full = guard.guard(leaf);
      NDArray half = full.matMul(guard.guard(manager.eye(4)));
      require(isHalf(GuardedArrays.engineArray(half)), "the operand has not 16 bits");
      NDArray result = operation.apply(new Operands(half, full, half.reshape(1, 1, 4, 4), manager));
      NDArray released = GuardedArrays.release(new NDList(result)).head();
      if (!released.getDataType().isFloating() || !Tensors.requiresGradient(released)) {
        return 0;
      }
      require(released.getDataType() == DataType.FLOAT32, "the result is not float32");
      NDArray total = released.sum();
      Tensors.backward(total, manager.ones(total.getShape()));
      return leaf.getGradient().abs().sum().getFloat();
    } finally {
      autocast.clearCache();
    }
  }

  private static boolean isHalf(NDArray array) {
    DataType type = array.getDataType();
    return type == DataType.UNKNOWN || type == DataType.FLOAT16;
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}
