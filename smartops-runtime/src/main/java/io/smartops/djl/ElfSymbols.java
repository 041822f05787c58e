package io.smartops.djl;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * Reads local symbols of a shared library, which {@code dlsym} does not find. Layout: "Tool
 * Interface Standard, Executable and Linking Format", and its 64-bit form in the System V ABI. Only
 * 64-bit little-endian files are understood; any other has no symbols.
 */
final class ElfSymbols {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x464c457f;
  private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
  private static final int DYNAMIC_SYMBOLS = 11;
  private static final int THREAD_LOCAL = 6;
  private static final int SECTION_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;

  private ElfSymbols() {}

  /** Offset of the local, thread-local symbol {@code name}; empty if {@code library} has none. */
  static OptionalLong threadLocal(Path library, String name) throws IOException {
    try (FileChannel file = FileChannel.open(library)) {
      ByteBuffer header = read(file, 0, HEADER_BYTES);
      if (header.getInt(0) != MAGIC || header.getShort(4) != CLASS_64_LITTLE_ENDIAN) {
        return OptionalLong.empty();
      }
      int count = Short.toUnsignedInt(header.getShort(60));
      ByteBuffer sections = read(file, header.getLong(40), count * SECTION_BYTES);
      for (int at = 0; at < sections.limit(); at += SECTION_BYTES) {
        if (sections.getInt(at + 4) == DYNAMIC_SYMBOLS) {
          return find(file, sections, at, name.getBytes(StandardCharsets.US_ASCII));
        }
      }
      return OptionalLong.empty();
    }
  }

  private static OptionalLong find(FileChannel file, ByteBuffer sections, int table, byte[] name)
      throws IOException {
    long names = sections.getLong(sections.getInt(table + 40) * SECTION_BYTES + 24);
    int locals = sections.getInt(table + 44);
    ByteBuffer symbols = read(file, sections.getLong(table + 24), locals * SYMBOL_BYTES);
    for (int at = 0; at < symbols.limit(); at += SYMBOL_BYTES) {
      boolean threadLocal = (symbols.get(at + 4) & 0xF) == THREAD_LOCAL;
      if (threadLocal && startsWith(file, names + symbols.getInt(at), name)) {
        return OptionalLong.of(symbols.getLong(at + 8));
      }
    }
    return OptionalLong.empty();
  }

  private static boolean startsWith(FileChannel file, long at, byte[] name) throws IOException {
    ByteBuffer found = read(file, at, name.length + 1);
    return found.get(name.length) == 0 && found.slice(0, name.length).equals(ByteBuffer.wrap(name));
  }

  private static ByteBuffer read(FileChannel file, long from, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, from + buffer.position()) < 0) {
        throw new EOFException("a table reaches beyond the end of the file");
      }
    }
    return buffer.flip();
  }
}
