/* thrash SECONDS FILE: needs every page of a mapped file again and again; in a memory cgroup smaller than the file the kernel
 * throws out what is needed next (refaults). */
#include "bounded.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, THREADS = 4 };
static volatile const char *pages;
static size_t page_count;

static void *touch(void *index) {
  uint64_t state = (uintptr_t)index + 1;
  volatile char sum = 0;
  for (;;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    sum += pages[(state >> 33) % page_count * PAGE];
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 2, "thrash SECONDS FILE");
  struct stat about;
  int file = open(arguments[2], O_RDONLY);
  if (file < 0 || fstat(file, &about)) fail(arguments[2]);
  page_count = about.st_size / PAGE;
  pages = mmap(0, about.st_size, PROT_READ, MAP_SHARED, file, 0);
  if (pages == MAP_FAILED) fail("mmap");
  madvise((void *)pages, about.st_size, MADV_RANDOM);
  start_threads(THREADS, touch);
  for (;;) pause();
}
