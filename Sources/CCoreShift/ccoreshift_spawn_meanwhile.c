// What a parent does that is not suspended while its child comes to its exec.

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/ccoreshift_spawn.h"

bool ccoreshift_spawn_wait_for_end(int pidfd, int output, int error, int loop) {
  struct pollfd entries[] = {
    {.fd = pidfd, .events = POLLIN},
    {.fd = loop, .events = POLLIN},
    {.fd = output, .events = POLLIN},
    {.fd = error, .events = POLLIN},
  };
  // Without a time limit, which would cost more than all else here: deadlines are the loop's.
  int count = poll(entries, sizeof entries / sizeof *entries, -1);
  return count > 0 && entries[0].revents != 0;
}

bool ccoreshift_spawn_is_traced(void) {
  char text[512];
  int file = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return false;
  text[count] = 0;
  const char *tracer = strstr(text, "\nTracerPid:");
  return tracer != NULL && atoi(tracer + sizeof "\nTracerPid:" - 1) != 0;
}
