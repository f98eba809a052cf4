/* open-files SECONDS LIMIT USED_PERCENT: opens files and forgets to close them, until so much of its limit is used. */
#include "bounded.h"
#include <fcntl.h>
#include <sys/resource.h>

int main(int count, char **arguments) {
  bounded(count, arguments, 3, "open-files SECONDS LIMIT USED_PERCENT");
  long limit = number(arguments[2], 16, 65536);
  struct rlimit files = {limit, limit};
  if (setrlimit(RLIMIT_NOFILE, &files)) fail("setrlimit");
  long wanted = limit * number(arguments[3], 1, 100) / 100;
  for (long used = 3; used < wanted; used++) {
    if (open("/dev/null", O_RDONLY) < 0) fail("/dev/null");
    sleep_for(0.005);
  }
  for (;;) pause();
}
