/* burn SECONDS THREADS BUSY_PERCENT PERIOD_MS: threads that compute for a share of every period and sleep for the rest. */
#include "bounded.h"

static double busy, rest;

static void *work(void *unused) {
  (void)unused;
  for (;;) {
    spin_for(busy);
    sleep_for(rest);
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 4, "burn SECONDS THREADS BUSY_PERCENT PERIOD_MS");
  double period = number(arguments[4], 1, 600000) / 1e3;
  busy = period * number(arguments[3], 1, 100) / 100;
  rest = period - busy;
  start_threads(number(arguments[2], 1, 256), work);
  for (;;) pause();
}
