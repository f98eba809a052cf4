/* What every program here begins with: it ends after SECONDS, with its parent, and at any polite signal. */
#ifndef BOUNDED_H
#define BOUNDED_H
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Two days: what is there for a whole run has to outlast the longest one. */
enum { MAX_SECONDS = 172800, SMALL_STACK = 64 << 10 };

static void end_now(int signal) { (void)signal; _exit(0); }

static inline void fail(const char *what) { fprintf(stderr, "%s: %s\n", what, strerror(errno)); exit(1); }

/* A number of the command line within its bounds, or the end. */
static inline long number(const char *text, long least, long most) {
  char *rest;
  long value = strtol(text ? text : "", &rest, 10);
  if (!text || *rest || value < least || value > most) {
    fprintf(stderr, "expected a number from %ld to %ld, got '%s'\n", least, most, text ? text : "");
    exit(2);
  }
  return value;
}

static inline void bounded(int count, char **arguments, int expected, const char *usage) {
  if (count != expected + 1) { fprintf(stderr, "usage: %s\n", usage); exit(2); }
  /* A handler, since the first process of a PID namespace is deaf to signals without one. */
  for (int index = 0; index < 4; index++)
    signal((int[]){SIGALRM, SIGTERM, SIGINT, SIGHUP}[index], end_now);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(number(arguments[1], 1, MAX_SECONDS));
}

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static inline void sleep_for(double seconds) {
  if (seconds <= 0) return;
  struct timespec time = {seconds, (seconds - (long)seconds) * 1e9};
  nanosleep(&time, 0);
}

static inline void spin_for(double seconds) {
  for (double end = now() + seconds; now() < end;) {}
}

static inline void start_threads(long count, void *(*work)(void *)) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, SMALL_STACK);
  for (long index = 0; index < count; index++) {
    pthread_t thread;
    if ((errno = pthread_create(&thread, &small, work, (void *)index))) fail("pthread_create");
  }
}
#endif
