/* The population that is watched, and the floor: what a C program pays for the same files.
 *   population spawn N ACTIVE   N sleepers in 50 names, every fifth with 3 more threads; ACTIVE percent wake 4 times a second.
 *                               Each line "COUNT" on stdin replaces that many of them; they end with stdin.
 *   population floor            each line on stdin: open, read and close stat, io, status, schedstat of every process and
 *                               list its fd directory, once; answers the CPU milliseconds.
 *   population clock            each line "PID" on stdin: CPU milliseconds of the process, ended threads included; "PID tree":
 *                               and those of its descendants, the ended ones too. NaN when it is gone. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PROCESSES = 20000, FDS = 5 };
static pid_t sleepers[MAX_PROCESSES];
static char buffer[65536], entries[65536], files[65536];
static int proc = -1;

static void *sleep_forever(void *unused) {
  for (;;) pause();
  return unused;
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

/* Relative to /proc and with the bare system call: as cheap as C can have it. */
static void read_file(const char *pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "%s/%s", pid, name);
  int file = openat(proc, path, O_RDONLY);
  if (file < 0) return;
  (void)!read(file, buffer, sizeof buffer);
  close(file);
}

static void list_files(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "%s/fd", pid);
  int folder = openat(proc, path, O_RDONLY | O_DIRECTORY);
  if (folder < 0) return;
  while (syscall(SYS_getdents64, folder, files, sizeof files) > 0) {}
  close(folder);
}

static void for_each_process(void (*visit)(const char *pid)) {
  if (proc < 0) proc = open("/proc", O_RDONLY | O_DIRECTORY);
  lseek(proc, 0, SEEK_SET);
  long length;
  while ((length = syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0)
    for (long offset = 0; offset < length;) {
      struct dirent64 *entry = (void *)(entries + offset);
      offset += entry->d_reclen;
      if (isdigit((unsigned char)entry->d_name[0])) visit(entry->d_name);
    }
}

static void read_process(const char *pid) {
  const char *names[] = {"stat", "io", "status", "schedstat"};
  for (int i = 0; i < 4; i++) read_file(pid, names[i]);
  list_files(pid);
}

static double clock_ms(clockid_t id) {
  struct timespec now;
  return clock_gettime(id, &now) ? NAN : now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int measure_floor(void) {
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    double start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    for_each_process(read_process);
    printf("%.3f\n", clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start);
    fflush(stdout);
  }
  return 0;
}

static double own_ms(pid_t pid) {
  clockid_t id;
  return clock_getcpuclockid(pid, &id) ? NAN : clock_ms(id);
}

enum { MAX_SEEN = 65536 };
static struct { pid_t pid, parent; double ended_ms; int inside; } seen[MAX_SEEN];
static int seen_count;

static void note_process(const char *pid) {
  if (seen_count == MAX_SEEN) return;
  char path[64];
  snprintf(path, sizeof path, "%s/stat", pid);
  int file = openat(proc, path, O_RDONLY);
  if (file < 0) return;
  long length = read(file, buffer, sizeof buffer - 1);
  close(file);
  if (length <= 0) return;
  buffer[length] = 0;
  int parent = 0;
  long user = 0, system = 0;
  char *rest = strrchr(buffer, ')');
  if (!rest) return;
  sscanf(rest + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &parent, &user, &system);
  seen[seen_count].pid = atoi(pid);
  seen[seen_count].parent = parent;
  seen[seen_count].ended_ms = (user + system) * 1e3 / sysconf(_SC_CLK_TCK);
  seen[seen_count++].inside = 0;
}

/* Ended children are known in clock ticks of 10 ms only: the sum of a whole run says something, one scrape does not. */
static double tree_ms(pid_t root) {
  seen_count = 0;
  for_each_process(note_process);
  double total = 0;
  for (int found = 1, first = 1; found; first = 0) {
    found = 0;
    for (int i = 0; i < seen_count; i++) {
      if (seen[i].inside) continue;
      int belongs = first && seen[i].pid == root;
      for (int k = 0; !first && !belongs && k < seen_count; k++)
        belongs = seen[k].inside && seen[k].pid == seen[i].parent;
      if (!belongs) continue;
      double own = own_ms(seen[i].pid);
      total += seen[i].ended_ms + (isnan(own) ? 0 : own);
      seen[i].inside = found = 1;
    }
  }
  return total;
}

static int tell_clocks(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    pid_t pid = atoi(line);
    double own = own_ms(pid);
    printf("%.6f\n", isnan(own) || !strstr(line, "tree") ? own : tree_ms(pid));
    fflush(stdout);
  }
  return 0;
}

int main(int count, char **words) {
  if (count == 4 && !strcmp(words[1], "spawn")) return spawn(atoi(words[2]), atoi(words[3]));
  if (count == 2 && !strcmp(words[1], "floor")) return measure_floor();
  if (count == 2 && !strcmp(words[1], "clock")) return tell_clocks();
  fprintf(stderr, "usage: population spawn N ACTIVE_PERCENT | population floor | population clock\n");
  return 2;
}
