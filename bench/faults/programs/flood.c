/* flood SECONDS sink|send ADDRESS PORT STREAMS: TCP streams as fast as the path takes them, and the side that swallows them. */
#include "bounded.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in address;
static char payload[64 << 10];
static int listener;

static void *swallow(void *unused) {
  (void)unused;
  char received[16 << 10];
  for (;;) {
    int peer = accept(listener, 0, 0);
    if (peer < 0) continue;
    while (recv(peer, received, sizeof received, 0) > 0) {}
    close(peer);
  }
}

static void *pour(void *unused) {
  (void)unused;
  for (;; sleep_for(0.2)) {
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    if (peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof address) == 0)
      while (send(peer, payload, sizeof payload, MSG_NOSIGNAL) > 0) {}
    close(peer);
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 5, "flood SECONDS sink|send ADDRESS PORT STREAMS");
  address.sin_family = AF_INET;
  address.sin_port = htons(number(arguments[4], 1, 65535));
  if (inet_pton(AF_INET, arguments[3], &address.sin_addr) != 1) fail(arguments[3]);
  long streams = number(arguments[5], 1, 64);
  if (strcmp(arguments[2], "sink") == 0) {
    int yes = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) fail("listen");
    start_threads(streams, swallow);
  } else {
    start_threads(streams, pour);
  }
  for (;;) pause();
}
