/* memory-shape SECONDS leak|warm-up|saw-tooth MB_PER_MINUTE LIMIT_MB: memory that grows at a rate up to a limit; a leak and
 * a warm-up then keep it, a saw-tooth gives all of it back and begins again, as a garbage collector does. */
#include "bounded.h"
#include <sys/mman.h>

enum { STEP = 256 << 10, STEPS_PER_MEGABYTE = (1 << 20) / STEP, MAX_MEGABYTES = 4096 };
static void *kept[MAX_MEGABYTES * STEPS_PER_MEGABYTE];

/* Content that neither compresses to a page of zeros nor merges with another page. */
static void *take_step(uint64_t seed) {
  uint64_t *step = mmap(0, STEP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (step == MAP_FAILED) fail("mmap");
  for (size_t index = 0; index < STEP / sizeof *step; index++)
    step[index] = seed = seed * 6364136223846793005u + 1442695040888963407u;
  return step;
}

int main(int count, char **arguments) {
  bounded(count, arguments, 4, "memory-shape SECONDS leak|warm-up|saw-tooth MB_PER_MINUTE LIMIT_MB");
  int drops = strcmp(arguments[2], "saw-tooth") == 0;
  double steps_per_second = number(arguments[3], 1, 60000) * (double)STEPS_PER_MEGABYTE / 60;
  long limit = number(arguments[4], 1, MAX_MEGABYTES) * STEPS_PER_MEGABYTE, used = 0;
  for (double begin = now();; sleep_for(0.05)) {
    long due = (now() - begin) * steps_per_second;
    for (; used < due && used < limit; used++) kept[used] = take_step(used + 1);
    if (used < limit || !drops) continue;
    while (used > 0) munmap(kept[--used], STEP);
    begin = now();
  }
}
