/* network-path SECONDS NEAR_ADDRESS FAR_ADDRESS: a link between this network namespace and one of its own, with the delay and
 * the loss that the last line "DELAY_MS LOSS_PERCENT" on stdin asks for; what the netem queueing discipline does, for
 * kernels that lack it. Two TUN devices, /24, named path0 on both sides; ends with stdin. */
#include "bounded.h"
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

enum { SLOTS = 4096, PACKET = 2048, SIDES = 2 };
struct packet { double due; int size; char bytes[PACKET]; };
struct direction { int in, out; unsigned head, tail; struct packet *slots; };

static double delay;
static long loss;

static int open_device(const char *address) {
  struct ifreq wish = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strcpy(wish.ifr_name, "path0");
  int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (device < 0 || ioctl(device, TUNSETIFF, &wish)) fail("/dev/net/tun");
  char command[128];
  snprintf(command, sizeof command, "ip addr add %.40s/24 dev path0 && ip link set path0 up", address);
  if (system(command)) { fprintf(stderr, "failed: %s\n", command); exit(1); }
  return device;
}

/* A full queue drops, as a router does. */
static void take(struct direction *way) {
  for (unsigned free = SLOTS - (way->tail - way->head);; free--) {
    char scratch[PACKET];
    struct packet *slot = &way->slots[way->tail % SLOTS];
    int size = read(way->in, free > 0 ? slot->bytes : scratch, PACKET);
    if (size <= 0) return;
    if (free == 0) { free++; continue; }
    if (random() % 100 < loss) continue;
    slot->size = size;
    slot->due = now() + delay;
    way->tail++;
  }
}

/* @return seconds until the next packet is due; a second when there is none. */
static double give(struct direction *way) {
  for (; way->head != way->tail; way->head++) {
    struct packet *slot = &way->slots[way->head % SLOTS];
    double left = slot->due - now();
    if (left > 0) return left;
    (void)!write(way->out, slot->bytes, slot->size);
  }
  return 1;
}

static void obey(void) {
  char line[128];
  double milliseconds;
  int size = read(0, line, sizeof line - 1);
  if (size <= 0) exit(0);
  line[size] = 0;
  if (sscanf(line, "%lf %ld", &milliseconds, &loss) == 2) delay = milliseconds / 1e3;
}

int main(int count, char **arguments) {
  bounded(count, arguments, 3, "network-path SECONDS NEAR_ADDRESS FAR_ADDRESS");
  int near = open_device(arguments[2]);
  if (unshare(CLONE_NEWNET)) fail("unshare");
  int far = open_device(arguments[3]);
  struct direction ways[SIDES] = {{near, far, 0, 0, 0}, {far, near, 0, 0, 0}};
  for (int side = 0; side < SIDES; side++)
    if (!(ways[side].slots = calloc(SLOTS, sizeof(struct packet)))) fail("calloc");
  puts("ready");
  fflush(stdout);
  for (struct pollfd watched[] = {{near, POLLIN, 0}, {far, POLLIN, 0}, {0, POLLIN, 0}};;) {
    double first = give(&ways[0]), second = give(&ways[1]);
    double left = first < second ? first : second;
    struct timespec wait = {left, (left - (long)left) * 1e9};
    ppoll(watched, 3, &wait, 0);
    if (watched[2].revents) obey();
    for (int side = 0; side < SIDES; side++) take(&ways[side]);
  }
}
