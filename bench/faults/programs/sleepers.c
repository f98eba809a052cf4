/* sleepers SECONDS THREADS: an idle server's pool, every thread asleep on a condition variable. */
#include "bounded.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;

static void *wait_for_work(void *unused) {
  (void)unused;
  pthread_mutex_lock(&mutex);
  for (;;) pthread_cond_wait(&work_there, &mutex);
}

int main(int count, char **arguments) {
  bounded(count, arguments, 2, "sleepers SECONDS THREADS");
  start_threads(number(arguments[2], 1, 2000), wait_for_work);
  for (;;) pause();
}
