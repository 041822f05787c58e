package io.smartops.djl;

import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Arrays as a model sees them while it runs in bfloat16 or float16. Each stands in front of an
 * array of the engine. An operation that is known to be safe with 16 bits ({@link HalfOperations})
 * goes to the engine as it is, with autocast on. For any other, operands of 16 bits are converted
 * to float32 first, by a product that carries the gradient, and autocast stays off. What that
 * cannot help (a change in place) ends in a {@link LowPrecisionRefusal} before the engine hears of
 * it. Results are guarded in turn.
 *
 * <p>Autocast is on within such operations only. So there is no array of 16 bits that is not
 * guarded, whatever the model does: what it computes from other arrays is float32. A guarded array
 * claims to be float32 itself, as it would be without autocast.
 *
 * <p>Belongs to the thread that runs the model.
 */
final class GuardedArrays {
  private static final Object[] NO_ARGUMENTS = {};

  private static final List<String> BELOW_THE_MODEL =
      List.of("ai.djl.ndarray.", "ai.djl.pytorch.", "java.", "jdk.");

  private final Autocast.Scope autocast;

  GuardedArrays(Autocast.Scope autocast) {
    this.autocast = autocast;
  }

  NDList guard(NDList arrays) {
    NDList guarded = new NDList(arrays.size());
    arrays.forEach(array -> guarded.add(guard(array)));
    return guarded;
  }

  NDArray guard(NDArray array) {
    return isGuarded(array) ? array : Fronts.of(NDArray.class, new Values(array));
  }

  /** The engine's arrays, in float32 where they have 16 bits. */
  static NDList release(NDList arrays) {
    NDList released = new NDList(arrays.size());
    for (NDArray array : arrays) {
      NDArray engine = engineArray(array);
      released.add(isHalf(engine) ? promoted(engine) : engine);
    }
    return released;
  }

  /** The same values in float32, by a product that carries the gradient. */
  private static NDArray promoted(NDArray half) {
    long[] ones = new long[half.getShape().dimension()];
    Arrays.fill(ones, 1);
    try (NDArray one = half.getManager().ones(new Shape(ones), DataType.FLOAT32)) {
      NDArray full = half.mul(one);
      full.setName(half.getName());
      return full;
    }
  }

  private static boolean isHalf(NDArray array) {
    DataType type = array.getDataType();
    return type == DataType.UNKNOWN || type == DataType.FLOAT16;
  }

  private static boolean isGuarded(NDArray array) {
    return Proxy.isProxyClass(array.getClass())
        && Proxy.getInvocationHandler(array) instanceof Guard;
  }

  /** The engine's array behind a guarded one. */
  static NDArray engineArray(NDArray array) {
    return isGuarded(array) ? ((Guard) Proxy.getInvocationHandler(array)).array : array;
  }

  /** An argument as the engine takes it. */
  private static @Nullable Object released(@Nullable Object argument) {
    if (argument instanceof NDArray array) {
      return engineArray(array);
    }
    if (argument instanceof NDList list) {
      NDList released = new NDList(list.size());
      list.forEach(array -> released.add(engineArray(array)));
      return released;
    }
    if (argument instanceof Object[] several) {
      Object[] released = several.clone();
      Arrays.setAll(released, i -> released(several[i]));
      return released;
    }
    return argument;
  }

  private static boolean hasHalf(@Nullable Object argument) {
    if (argument instanceof NDArray array) {
      return isHalf(array);
    }
    if (argument instanceof Object[] several) {
      return Arrays.stream(several).anyMatch(GuardedArrays::hasHalf);
    }
    return argument instanceof NDList list && list.stream().anyMatch(GuardedArrays::isHalf);
  }

  private static @Nullable Object inFloat32(@Nullable Object argument) {
    if (argument instanceof NDArray array) {
      return isHalf(array) ? promoted(array) : array;
    }
    if (argument instanceof Object[] several) {
      Object[] full = several.clone();
      Arrays.setAll(full, i -> inFloat32(several[i]));
      return full;
    }
    return argument instanceof NDList list ? release(list) : argument;
  }

  /**
   * Whether the engine may compute on arrays of 16 bits as they are. A result on another manager
   * may be a copy, which it makes by type.
   */
  private static boolean isDirect(String method, Object[] arguments) {
    return HalfOperations.isComputing(method)
        && Arrays.stream(arguments).noneMatch(NDManager.class::isInstance);
  }

  /**
   * The images that a convolution reads, in the order of memory that suits the device. What the
   * engine computes from images keeps their order, so only the first convolution has work to do.
   */
  private NDArray firstLaidOut(NDArray images) {
    return isHalf(images) ? images : laidOut(images);
  }

  /**
   * Images in the order of memory that suits the device. Of pooled ones, which have it, this lays
   * out the gradient on its way back: that of the flattened comes in the other order, which is slow
   * for pooling.
   */
  private NDArray laidOut(NDArray images) {
    return autocast.prefersChannelsLast() ? Tensors.channelsLast(images) : images;
  }

  /** What fronts for an array's values and for its engine-internal operations have in common. */
  private abstract class Guard implements InvocationHandler {
    final NDArray array;

    Guard(NDArray array) {
      this.array = array;
    }

    /** The engine's object that answers for {@code operand}. */
    abstract Object target(NDArray operand);

    @Override
    public @Nullable Object invoke(Object front, Method method, Object @Nullable [] arguments)
        throws Throwable {
      Object[] given = arguments == null ? NO_ARGUMENTS : arguments;
      return switch (method.getName()) {
        case "equals" -> front == given[0];
        case "hashCode" -> System.identityHashCode(front);
        case "toString" -> "guarded array " + array.getShape();
        case "getDataType" -> isHalf(array) ? DataType.FLOAT32 : array.getDataType();
        case "getNDArrayInternal" -> Fronts.of(NDArrayEx.class, new Operations(array));
        case "getArray" -> guard(array);
        // how the engine copies arrays that are not its own, without their gradient
        case "toByteBuffer" ->
            throw refusal("hands an input or a parameter to an array that is neither");
        default -> guarded(front, call(method, released(given)));
      };
    }

    private Object[] released(Object[] given) {
      Object[] released = new Object[given.length];
      Arrays.setAll(released, i -> GuardedArrays.released(given[i]));
      return released;
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
      String name = method.getName();
      if (HalfOperations.isDescribing(name)) {
        return reflect(array, method, arguments);
      }
      boolean half = isHalf(array) || Arrays.stream(arguments).anyMatch(GuardedArrays::hasHalf);
      boolean direct = isDirect(name, arguments);
      if (half && !direct) {
        return callInFloat32(method, arguments);
      }
      return direct || HalfOperations.isRecurrent(name)
          ? compute(array, method, arguments)
          : reflect(array, method, arguments);
    }

    private @Nullable Object callInFloat32(Method method, Object[] arguments) throws Throwable {
      String name = method.getName();
      if (isHalf(array) && HalfOperations.isChanging(name)) {
        throw refusal("calls %s on an array of 16 bits".formatted(name));
      }
      Object[] full = arguments.clone();
      Arrays.setAll(full, i -> inFloat32(arguments[i]));
      NDArray operand = isHalf(array) ? promoted(array) : array;
      return HalfOperations.isRecurrent(name)
          ? compute(operand, method, full)
          : reflect(operand, method, full);
    }

    private @Nullable Object compute(NDArray operand, Method method, Object[] arguments)
        throws Throwable {
      String name = method.getName();
      if (name.equals("linear")) {
        return linear(operand, method, arguments);
      }
      if (name.equals("convolution")) {
        arguments[0] = firstLaidOut((NDArray) arguments[0]);
      }
      Object result = autocast(operand, method, arguments);
      return HalfOperations.isPooling(name) && result instanceof NDArray pooled
          ? laidOut(pooled)
          : result;
    }

    /**
     * A linear layer of the rows of a matrix, whatever the input's shape: to any other the engine
     * adds the bias in place, after the product, and so in float32 and back.
     */
    private @Nullable Object linear(NDArray operand, Method method, Object[] arguments)
        throws Throwable {
      NDArray input = (NDArray) arguments[0];
      Shape shape = input.getShape();
      int last = shape.dimension() - 1;
      if (last < 2 || arguments[2] == null) {
        return autocast(operand, method, arguments);
      }
      Shape rows = shape.slice(0, last);
      try (NDArray matrix = input.reshape(rows.size(), shape.get(last))) {
        arguments[0] = matrix;
        NDList products = (NDList) requireNonNull(autocast(operand, method, arguments));
        NDArray product = products.singletonOrThrow();
        try (product) {
          return new NDList(product.reshape(rows.add(product.getShape().get(1))));
        }
      }
    }

    private @Nullable Object autocast(NDArray operand, Method method, Object[] arguments)
        throws Throwable {
      autocast.on();
      try {
        return reflect(operand, method, arguments);
      } finally {
        autocast.off();
      }
    }

    private @Nullable Object reflect(NDArray operand, Method method, Object[] arguments)
        throws Throwable {
      return Fronts.call(target(operand), method, arguments);
    }

    private @Nullable Object guarded(Object front, @Nullable Object result) {
      if (result instanceof NDArray other) {
        return other == array && front instanceof NDArray ? front : guard(other);
      }
      return result instanceof NDList list ? guard(list) : result;
    }
  }

  /** In front of an array. */
  private final class Values extends Guard {
    Values(NDArray array) {
      super(array);
    }

    @Override
    Object target(NDArray operand) {
      return operand;
    }
  }

  /** In front of the operations that DJL's layers call. */
  private final class Operations extends Guard {
    Operations(NDArray array) {
      super(array);
    }

    @Override
    Object target(NDArray operand) {
      return operand.getNDArrayInternal();
    }
  }

  private static LowPrecisionRefusal refusal(String what) {
    return new LowPrecisionRefusal(caller() + " " + what);
  }

  /** The model's method that called: the first frame above the engine's interfaces and ours. */
  private static String caller() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .filter(frame -> isOfTheModel(frame.getClassName()))
                    .findFirst()
                    .map(frame -> frame.getClassName() + "." + frame.getMethodName())
                    .orElse("the model"));
  }

  private static boolean isOfTheModel(String className) {
    String own = GuardedArrays.class.getName();
    return !className.equals(own)
        && !className.startsWith(own + "$")
        && BELOW_THE_MODEL.stream().noneMatch(className::startsWith);
  }
}
