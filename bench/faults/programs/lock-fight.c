/* lock-fight SECONDS THREADS work|wait HOLD_US: threads that all need one mutex and keep it too long, either computing
 * (a hot critical section) or waiting (a slow call made under the lock, the CPUs stay idle). */
#include "bounded.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static double hold;
static int waits;

static void *work(void *unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&mutex);
    if (waits) sleep_for(hold); else spin_for(hold);
    pthread_mutex_unlock(&mutex);
    spin_for(hold / 20);
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 4, "lock-fight SECONDS THREADS work|wait HOLD_US");
  waits = strcmp(arguments[3], "wait") == 0;
  hold = number(arguments[4], 1, 1000000) / 1e6;
  start_threads(number(arguments[2], 2, 256), work);
  for (;;) pause();
}
