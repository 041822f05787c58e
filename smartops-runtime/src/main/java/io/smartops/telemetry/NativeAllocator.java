package io.smartops.telemetry;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The C allocator of this process, from which libtorch takes CPU tensors and the JVM direct
 * buffers.
 *
 * <p>{@code allocated = uordblks + hblkhd} and {@code reusable = fordblks} of glibc's {@code
 * mallinfo2}: blocks handed out of all arenas plus blocks mapped on their own, and the free rest of
 * the arenas. These follow tensors exactly, whatever part of its memory the allocator gives back to
 * the system.
 *
 * <p>Absent where there is no {@code mallinfo2} (glibc before 2.33, musl, macOS, Windows) and where
 * another allocator (jemalloc, tcmalloc) has been preloaded in front of glibc's: a probe allocation
 * at creation tells. Thread-safe.
 */
public final class NativeAllocator {
  /** Smaller blocks are used again and again, and mapping them each time would cost a third. */
  static final int MAPPED_BLOCK_BYTES = 4 << 20;

  /** Free memory at the end of the heap up to this is kept: dropped pages must be faulted in. */
  static final int KEPT_AT_TOP_BYTES = 64 << 20;

  /** The largest block that can come from the heap: glibc allows no more. */
  public static final int LARGEST_HEAP_BLOCK_BYTES = 32 << 20;

  /** Free memory at the end of the heap up to this stays where what is freed is kept. */
  static final int KEPT_BYTES = 512 << 20;

  /** Heaps grow by this where what is freed is kept: glibc's heaps of threads take no more. */
  static final int KEPT_GROWTH_BYTES = 64 << 20;

  /** What heaps grow by unless told otherwise. */
  private static final int GROWTH_BYTES = 128 << 10;

  /** Large enough to stand out of what other threads allocate during a probe. */
  private static final long PROBE_BYTES = 16L << 20;

  /** Another thread may free as much as a probe takes; it will not do so each time. */
  private static final int PROBE_ATTEMPTS = 5;

  private final @Nullable GlibcMapping glibc;
  private volatile boolean keepsFreed;

  private NativeAllocator(@Nullable GlibcMapping glibc) {
    this.glibc = glibc;
  }

  /** The allocator of this process, with as many readings as it offers. */
  public static NativeAllocator ofProcess() {
    return new NativeAllocator(usableGlibc());
  }

  /** An allocator that offers no reading. */
  static NativeAllocator unreadable() {
    return new NativeAllocator(null);
  }

  /**
   * What the allocator holds at one moment, in bytes.
   *
   * @param allocatedBytes handed out and not got back
   * @param reusableBytes free, and kept for later requests
   */
  public record Heap(long allocatedBytes, long reusableBytes) {}

  /**
   * Bytes handed out and not got back. glibc walks all free blocks for it: 4 µs in a fresh JVM, 20
   * to 60 µs while a model trains, 0.7 ms with 10,000 holes in the heap.
   */
  public OptionalLong allocatedBytes() {
    return glibc == null ? OptionalLong.empty() : OptionalLong.of(heap(glibc).allocatedBytes());
  }

  /** Both figures at one moment. */
  public Optional<Heap> heap() {
    return glibc == null ? Optional.empty() : Optional.of(heap(glibc));
  }

  /**
   * Gives free memory of all arenas back to the system. It walks every free block and drops its
   * pages, which the next allocations must fault in again: tens of milliseconds on a large heap, so
   * it is for moments of pressure.
   *
   * <p>{@code malloc_trim} leaves out what is free at the end of a thread's heap, up to 64 MiB. Of
   * the calling thread's that goes too, if it is kept at {@link #keepFreed}'s wish.
   *
   * @return whether memory was given back; false too where the allocator cannot
   */
  public boolean trim() {
    if (glibc == null) {
      return false;
    }
    boolean trimmed = glibc.mallocTrim();
    if (keepsFreed) {
      keepAtTop(glibc, GROWTH_BYTES, GROWTH_BYTES);
      // A block of this size makes glibc look at the end of its heap when it is freed.
      GlibcMapping.free(GlibcMapping.malloc(2 * GROWTH_BYTES));
      keepAtTop(glibc, KEPT_BYTES, KEPT_GROWTH_BYTES);
    }
    return trimmed;
  }

  /**
   * From now on blocks of {@link #MAPPED_BLOCK_BYTES} and more have a mapping of their own, and the
   * threshold no longer rises with what is freed. For the whole process, and for good; nothing
   * where the allocator cannot.
   */
  public void mapLargeBlocks() {
    if (glibc != null) {
      keepsFreed = false;
      glibc.mallopt(GlibcMapping.M_MMAP_THRESHOLD, MAPPED_BLOCK_BYTES);
      keepAtTop(glibc, KEPT_AT_TOP_BYTES, GROWTH_BYTES);
    }
  }

  /**
   * From now on freed memory stays in the heap, except by {@link #trim()}. glibc gives it back by
   * thresholds that follow the largest block freed so far, and for its size a training step frees
   * and wants many times as much: faulting pages in took up to a third of a step. For the whole
   * process, until {@link #mapLargeBlocks()}; nothing where the allocator cannot.
   *
   * @param largestBytes larger blocks have a mapping of their own, which is given back; at most
   *     {@link #LARGEST_HEAP_BLOCK_BYTES}
   */
  public void keepFreed(int largestBytes) {
    if (glibc != null) {
      keepsFreed = true;
      glibc.mallopt(GlibcMapping.M_MMAP_THRESHOLD, largestBytes);
      keepAtTop(glibc, KEPT_BYTES, KEPT_GROWTH_BYTES);
    }
  }

  /** Free memory up to {@code bytes} stays at the end of a heap, which grows by {@code growth}. */
  private static void keepAtTop(GlibcMapping glibc, int bytes, int growth) {
    glibc.mallopt(GlibcMapping.M_TRIM_THRESHOLD, bytes);
    glibc.mallopt(GlibcMapping.M_TOP_PAD, growth);
  }

  private static Heap heap(GlibcMapping glibc) {
    GlibcMapping.MallInfo2 info = glibc.mallinfo2();
    return new Heap(info.uordblks + info.hblkhd, info.fordblks);
  }

  private static @Nullable GlibcMapping usableGlibc() {
    try {
      GlibcMapping glibc = new GlibcMapping();
      return servesMalloc(glibc) ? glibc : null;
    } catch (LinkageError absent) {
      return null;
    }
  }

  private static boolean servesMalloc(GlibcMapping glibc) {
    for (int i = 0; i < PROBE_ATTEMPTS; i++) {
      if (seesProbe(glibc)) {
        return true;
      }
    }
    return false;
  }

  private static boolean seesProbe(GlibcMapping glibc) {
    long before = heap(glibc).allocatedBytes();
    long address = GlibcMapping.malloc(PROBE_BYTES);
    long growth = heap(glibc).allocatedBytes() - before;
    if (address != 0) {
      GlibcMapping.free(address);
    }
    return growth >= PROBE_BYTES / 2;
  }
}
