/* pool SECONDS serve PORT WORKERS SERVICE_MS: a server whose few workers each keep a connection for that long.
 * pool SECONDS ask PORT CLIENTS PAUSE_MS:      clients that each connect, wait for the answer, pause and ask again. */
#include "bounded.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BACKLOG = 16 };
static struct sockaddr_in address;
static double pause_seconds;
static int listener;

static void *serve(void *unused) {
  (void)unused;
  for (char byte;;) {
    int peer = accept(listener, 0, 0);
    if (peer < 0) continue;
    if (recv(peer, &byte, 1, 0) == 1) {
      sleep_for(pause_seconds);
      send(peer, &byte, 1, MSG_NOSIGNAL);
    }
    close(peer);
  }
}

static void *ask(void *unused) {
  (void)unused;
  for (char byte = '?';; sleep_for(pause_seconds)) {
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    if (peer >= 0 && connect(peer, (struct sockaddr *)&address, sizeof address) == 0) {
      send(peer, &byte, 1, MSG_NOSIGNAL);
      (void)!recv(peer, &byte, 1, 0);
    }
    close(peer);
  }
}

int main(int count, char **arguments) {
  bounded(count, arguments, 5, "pool SECONDS serve|ask PORT COUNT MILLISECONDS");
  address.sin_family = AF_INET;
  address.sin_port = htons(number(arguments[3], 1, 65535));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  long threads = number(arguments[4], 1, 500);
  pause_seconds = number(arguments[5], 0, 60000) / 1e3;
  if (strcmp(arguments[2], "serve") == 0) {
    int yes = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) fail("listen");
    start_threads(threads, serve);
  } else {
    start_threads(threads, ask);
  }
  for (;;) pause();
}
