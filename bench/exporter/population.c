/* The population that is watched, and the floor: what a C program pays for the same files.
 *   population spawn N ACTIVE   N sleepers in 50 names, every fifth with 3 more threads; ACTIVE percent wake 4 times a second.
 *                               Each line "COUNT" on stdin replaces that many of them; they end with stdin.
 *   population floor            each line on stdin: open, read and close stat, io, status, schedstat of every process and
 *                               list its fd directory, once; answers the CPU milliseconds. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROCESSES = 20000, FDS = 5 };
static pid_t sleepers[MAX_PROCESSES];
static char buffer[65536];

static void *sleep_forever(void *unused) {
  (void)unused;
  for (;;) pause();
}

static void live(int index, int active_percent) {
  char name[16];
  snprintf(name, sizeof name, "sleeper%02d", index % 50);
  prctl(PR_SET_NAME, name);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  for (int fd = 0; fd < FDS - 1; fd++) (void)!dup(null);
  memset(malloc(64 << 10), 1, 64 << 10);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  pthread_t thread;
  for (int i = 0; index % 5 == 0 && i < 3; i++) pthread_create(&thread, &small, sleep_forever, 0);
  while (index % 100 < active_percent) {
    struct timespec quarter = {0, 250000000L};
    nanosleep(&quarter, 0);
    for (volatile int i = 0; i < 20000; i++) {}
  }
  sleep_forever(0);
}

static void spawn_one(int index, int active_percent) {
  pid_t parent = getpid(), child = fork();
  if (child < 0) { perror("fork"); exit(1); }
  if (child > 0) { sleepers[index] = child; return; }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  live(index, active_percent);
}

static int spawn(int count, int active_percent) {
  if (count > MAX_PROCESSES) return 1;
  for (int i = 0; i < count; i++) spawn_one(i, active_percent);
  char line[32];
  for (int next = 0; puts("ready"), fflush(stdout), fgets(line, sizeof line, stdin);)
    for (int i = atoi(line); i > 0; i--, next = (next + 1) % count) {
      kill(sleepers[next], SIGKILL);
      waitpid(sleepers[next], 0, 0);
      spawn_one(next, active_percent);
    }
  return 0;
}

static void read_file(const char *pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
  int file = open(path, O_RDONLY);
  if (file < 0) return;
  (void)!read(file, buffer, sizeof buffer);
  close(file);
}

static void list_files(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/fd", pid);
  DIR *directory = opendir(path);
  if (!directory) return;
  while (readdir(directory)) {}
  closedir(directory);
}

static double cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int measure_floor(void) {
  const char *names[] = {"stat", "io", "status", "schedstat"};
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    double start = cpu_ms();
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
      if (!isdigit((unsigned char)entry->d_name[0])) continue;
      for (int i = 0; i < 4; i++) read_file(entry->d_name, names[i]);
      list_files(entry->d_name);
    }
    closedir(proc);
    printf("%.3f\n", cpu_ms() - start);
    fflush(stdout);
  }
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "spawn")) return spawn(atoi(words[2]), atoi(words[3]));
  if (count == 2 && !strcmp(words[1], "floor")) return measure_floor();
  fprintf(stderr, "usage: population spawn N ACTIVE_PERCENT | population floor\n");
  return 2;
}
