/* stream SECONDS read|write FILE MB_PER_SECOND SIZE_MB: reads or writes a file from begin to end at a steady rate, over and over,
 * through the page cache: a backup that reads, a download that writes. */
#include "bounded.h"
#include <fcntl.h>

enum { MEGABYTE = 1 << 20 };
static char buffer[MEGABYTE];

int main(int count, char **arguments) {
  bounded(count, arguments, 5, "stream SECONDS read|write FILE MB_PER_SECOND SIZE_MB");
  int writes = strcmp(arguments[2], "write") == 0;
  long rate = number(arguments[4], 1, 2000), size = number(arguments[5], 1, 8192);
  int file = open(arguments[3], writes ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);
  if (file < 0) fail(arguments[3]);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  double begin = now();
  for (long done = 0;; done++) {
    off_t place = done % size * (off_t)MEGABYTE;
    ssize_t moved = writes ? pwrite(file, buffer, MEGABYTE, place) : pread(file, buffer, MEGABYTE, place);
    if (moved < 0) fail(arguments[3]);
    sleep_for(begin + (double)done / rate - now());
  }
}
