/* An allocator that never asks glibc's and never frees: it stands for jemalloc or tcmalloc. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#define REGION ((size_t)64 << 20)
#define LEAST_ALIGNMENT ((size_t)16)

static char *next, *end;
static int locked;

/* The size of a block lies in the word before it. */
static size_t *size_of(void *block) { return (size_t *)block - 1; }

static void *take(size_t alignment, size_t size) {
  if (alignment < LEAST_ALIGNMENT) alignment = LEAST_ALIGNMENT;
  while (__sync_lock_test_and_set(&locked, 1)) {
  }
  size_t needed = size + alignment + LEAST_ALIGNMENT;
  if (next == NULL || (size_t)(end - next) < needed) {
    size_t region = needed > REGION ? needed : REGION;
    next = mmap(NULL, region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    end = next + region;
  }
  char *block =
      (char *)(((size_t)next + LEAST_ALIGNMENT + alignment - 1) & ~(alignment - 1));
  *size_of(block) = size;
  next = block + size;
  __sync_lock_release(&locked);
  return block;
}

void *malloc(size_t size) { return take(LEAST_ALIGNMENT, size); }
void *calloc(size_t count, size_t size) { return take(LEAST_ALIGNMENT, count * size); }
void *memalign(size_t alignment, size_t size) { return take(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return take(alignment, size); }
size_t malloc_usable_size(void *block) { return block == NULL ? 0 : *size_of(block); }
void free(void *block) { (void)block; }

int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = take(alignment, size);
  return 0;
}

void *realloc(void *old, size_t size) {
  void *block = take(LEAST_ALIGNMENT, size);
  if (old != NULL) memcpy(block, old, *size_of(old) < size ? *size_of(old) : size);
  return block;
}
