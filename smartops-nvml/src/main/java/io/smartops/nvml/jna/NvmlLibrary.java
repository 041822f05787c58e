package io.smartops.nvml.jna;

import com.sun.jna.FunctionMapper;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import io.smartops.nvml.reading.NvmlStatus;
import io.smartops.nvml.reading.Reading;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;

/**
 * The loaded library and its functions, each bound at its first use. Never unloaded: a wedged call
 * may still be inside. Thread-safe.
 */
final class NvmlLibrary {
  private static final byte[] TEMPLATE = templateBytes();

  /** Of dlfcn.h; without RTLD_GLOBAL. */
  private static final int RTLD_LAZY = 1;

  private final NativeLibrary library;
  private final SymbolMapper mapper;
  private final Map<String, Optional<NativeFunction>> functions = new ConcurrentHashMap<>();

  private NvmlLibrary(NativeLibrary library, SymbolMapper mapper) {
    this.library = library;
    this.mapper = mapper;
  }

  /** The file that the driver installs, not the toolkit's build-time stub of nearly that name. */
  static String defaultName() {
    return Platform.isWindows() ? "nvml" : "libnvidia-ml.so.1";
  }

  /** Loads a library by name or by path. */
  static Reading<NvmlLibrary> load(String name) {
    if (Native.POINTER_SIZE != Long.BYTES) {
      return Reading.absent(NvmlStatus.LIBRARY_NOT_FOUND, name + " in a 32-bit JVM");
    }
    try {
      SymbolMapper mapper = new SymbolMapper();
      NativeLibrary library = NativeLibrary.getInstance(name, options(mapper));
      return isToolkitStub(library)
          ? Reading.absent(
              NvmlStatus.LIBRARY_NOT_FOUND,
              library.getFile() + ", which is the CUDA toolkit's stub and not the driver's library")
          : Reading.of(new NvmlLibrary(library, mapper));
    } catch (LinkageError e) {
      return Reading.absent(NvmlStatus.LIBRARY_NOT_FOUND, name);
    }
  }

  /** Symbols stay local, where JNA by default would let them shadow those of other libraries. */
  private static Map<String, Object> options(SymbolMapper mapper) {
    Map<String, Object> options = new HashMap<>();
    options.put(Library.OPTION_FUNCTION_MAPPER, mapper);
    options.put(Library.OPTION_CLASSLOADER, NvmlLibrary.class.getClassLoader());
    if (!Platform.isWindows()) {
      options.put(Library.OPTION_OPEN_FLAGS, RTLD_LAZY);
    }
    return options;
  }

  /** The function of the first symbol that the library exports. */
  Optional<NativeFunction> find(List<String> symbols) {
    for (String symbol : symbols) {
      Optional<NativeFunction> function = find(symbol);
      if (function.isPresent()) {
        return function;
      }
    }
    return Optional.empty();
  }

  /** The function of a symbol; empty where the library does not export it. */
  Optional<NativeFunction> find(String symbol) {
    Optional<NativeFunction> known = functions.get(symbol);
    return known != null ? known : functions.computeIfAbsent(symbol, this::bind);
  }

  /** Whether the library exports a symbol. */
  boolean exports(String symbol) {
    return find(symbol).isPresent();
  }

  /** What the library says a return code means; empty text where it says nothing. */
  String words(int code) {
    try {
      Object[] arguments = {code};
      String words = library.getFunction("nvmlErrorString").invokeString(arguments, false);
      return words == null ? "" : words;
    } catch (UnsatisfiedLinkError e) {
      return "";
    }
  }

  private Optional<NativeFunction> bind(String symbol) {
    try {
      MethodHandles.Lookup copy = MethodHandles.lookup().defineHiddenClass(TEMPLATE, true);
      mapper.register(copy.lookupClass(), library, symbol);
      return Optional.of(
          (NativeFunction)
              copy.findConstructor(copy.lookupClass(), MethodType.methodType(void.class)).invoke());
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    } catch (Throwable e) {
      throw new IllegalStateException("cannot bind " + symbol, e);
    }
  }

  private static boolean isToolkitStub(NativeLibrary library) {
    if (library.getFile() == null) {
      return false;
    }
    Path file = library.getFile().toPath();
    return StreamSupport.stream(file.spliterator(), false)
        .anyMatch(part -> part.toString().equals("stubs"));
  }

  private static byte[] templateBytes() {
    try (InputStream in = NvmlLibrary.class.getResourceAsStream("DirectFunction.class")) {
      if (in == null) {
        throw new IllegalStateException("DirectFunction.class is not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Maps every native method of the class that is being registered to one symbol. */
  private static final class SymbolMapper implements FunctionMapper {
    private String symbol = "";

    synchronized void register(Class<?> type, NativeLibrary library, String name) {
      symbol = name;
      Native.register(type, library);
    }

    @Override
    public String getFunctionName(NativeLibrary library, Method method) {
      return symbol;
    }
  }
}
