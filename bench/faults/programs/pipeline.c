/* pipeline SECONDS WORKERS ITEMS_PER_SECOND: a healthy pipeline. A producer hands items to workers over a condition variable;
 * thousands of voluntary switches and futex sleeps per second, and nobody ever queues. */
#include "bounded.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t item_there = PTHREAD_COND_INITIALIZER;
static long items;

static void *consume(void *unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&mutex);
    while (items == 0) pthread_cond_wait(&item_there, &mutex);
    items--;
    pthread_mutex_unlock(&mutex);
    spin_for(20e-6);
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 3, "pipeline SECONDS WORKERS ITEMS_PER_SECOND");
  start_threads(number(arguments[2], 1, 64), consume);
  for (double pause = 1.0 / number(arguments[3], 1, 20000);;) {
    sleep_for(pause);
    pthread_mutex_lock(&mutex);
    items++;
    pthread_cond_signal(&item_there);
    pthread_mutex_unlock(&mutex);
  }
}
