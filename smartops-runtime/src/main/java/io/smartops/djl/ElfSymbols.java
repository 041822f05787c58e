package io.smartops.djl;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds symbols that a shared library does not export, as long as it was not stripped. Layout:
 * "Tool Interface Standard, Executable and Linking Format", and its 64-bit form in the System V
 * ABI. Only 64-bit little-endian files are understood; any other has no symbols.
 *
 * <p>Reads in pieces, since it is asked when memory is short.
 */
final class ElfSymbols {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x464c457f;
  private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
  private static final int SECTION_BYTES = 64;
  private static final int SYMBOL_TABLE = 2;
  private static final int SYMBOL_BYTES = 24;
  private static final int PIECE_BYTES = SYMBOL_BYTES << 12;

  private ElfSymbols() {}

  /**
   * The values of the symbols {@code wanted}, in their order: their addresses in the file's own
   * reckoning, or their offsets among the library's thread-local variables. None unless {@code
   * library} has all of them.
   */
  static List<Long> values(Path library, List<String> wanted) throws IOException {
    try (FileChannel file = FileChannel.open(library)) {
      ByteBuffer header = read(file, 0, HEADER_BYTES);
      if (header.getInt(0) != MAGIC || header.getShort(4) != CLASS_64_LITTLE_ENDIAN) {
        return List.of();
      }
      int count = Short.toUnsignedInt(header.getShort(60));
      ByteBuffer sections = read(file, header.getLong(40), count * SECTION_BYTES);
      for (int at = 0; at < sections.limit(); at += SECTION_BYTES) {
        if (sections.getInt(at + 4) == SYMBOL_TABLE) {
          Section symbols = Section.at(sections, at);
          Section names = Section.at(sections, sections.getInt(at + 40) * SECTION_BYTES);
          Map<String, Long> values = values(file, symbols, positions(file, names, wanted));
          return values.size() < wanted.size()
              ? List.of()
              : wanted.stream().map(values::get).toList();
        }
      }
      return List.of();
    }
  }

  /** Where a section lies in the file. */
  private record Section(long offset, long size) {
    static Section at(ByteBuffer sections, int at) {
      return new Section(sections.getLong(at + 24), sections.getLong(at + 32));
    }
  }

  private static Map<String, Long> values(
      FileChannel file, Section symbols, Map<Long, String> positions) throws IOException {
    Map<String, Long> values = new HashMap<>();
    for (long done = 0;
        values.size() < positions.size() && done < symbols.size();
        done += PIECE_BYTES) {
      int bytes = (int) Math.min(PIECE_BYTES, symbols.size() - done);
      ByteBuffer piece = read(file, symbols.offset() + done, bytes);
      for (int at = 0; at < bytes; at += SYMBOL_BYTES) {
        String name = positions.get(Integer.toUnsignedLong(piece.getInt(at)));
        if (name != null) {
          values.putIfAbsent(name, piece.getLong(at + 8));
        }
      }
    }
    return values;
  }

  /**
   * Where those {@code wanted} begin among the {@code names}, each of which ends with a zero. None
   * unless all are there: the symbols need not be read then.
   */
  private static Map<Long, String> positions(FileChannel file, Section names, List<String> wanted)
      throws IOException {
    Map<Long, String> positions = new HashMap<>();
    int longest = wanted.stream().mapToInt(String::length).max().orElse(0);
    for (long done = 0;
        positions.size() < wanted.size() && done < names.size();
        done += PIECE_BYTES) {
      // Pieces overlap, so that a name and its two zeros are whole in one of them.
      int bytes = (int) Math.min(PIECE_BYTES + longest + 2, names.size() - done);
      // A character for each byte, so that a position in the text is one in the file.
      String piece =
          StandardCharsets.ISO_8859_1.decode(read(file, names.offset() + done, bytes)).toString();
      for (String name : wanted) {
        int at = piece.indexOf("\0" + name + "\0");
        if (at >= 0) {
          positions.put(done + at + 1, name);
        }
      }
    }
    return positions.size() < wanted.size() ? Map.of() : positions;
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
