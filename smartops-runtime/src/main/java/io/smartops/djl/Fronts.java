package io.smartops.djl;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Objects that stand in front of the engine's and answer for some of their methods. */
final class Fronts {
  private static final ClassLoader LOADER = Fronts.class.getClassLoader();

  private Fronts() {}

  /** A front of an interface, whose methods {@code handler} answers. */
  static <T> T of(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(LOADER, new Class<?>[] {type}, handler));
  }

  /** Has {@code target} answer; what it throws is thrown as it is. */
  static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getTargetException();
    }
  }
}
