// What the parent opens for a child, and the text that it hands over.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ccoreshift_spawn_child.h"
#include "include/ccoreshift_fault.h"

int ccoreshift_spawn_raise(int descriptor) {
  if (descriptor > 2) return descriptor;
  int raised = CCORESHIFT_FALLIBLE(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  int error = errno;
  close(descriptor);
  return raised < 0 ? -error : raised;
}

int ccoreshift_spawn_pipe(int ends[2], int parent) {
  if (CCORESHIFT_FALLIBLE(pipe2(ends, O_CLOEXEC)) < 0) return -errno;
  int error = 0;
  for (int i = 0; i < 2; i++) {
    ends[i] = ccoreshift_spawn_raise(ends[i]);
    if (ends[i] < 0) error = ends[i];
  }
  // A new pipe has no other status flag that this could clear.
  if (error == 0 && CCORESHIFT_FALLIBLE(fcntl(ends[parent], F_SETFL, O_NONBLOCK)) < 0)
    error = -errno;
  if (error == 0) return 0;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
  return error;
}

int ccoreshift_spawn_open_null(void) {
  int descriptor;
  do {
    descriptor = CCORESHIFT_FALLIBLE(open("/dev/null", O_RDWR | O_CLOEXEC));
  } while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : ccoreshift_spawn_raise(descriptor);
}

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int ccoreshift_spawn_terminal_peer(int terminal) {
  // By descriptor, since 4.13: no path of another mount of devpts can come between.
  int unlocked = 0;
  if (CCORESHIFT_FALLIBLE(ioctl(terminal, TIOCSPTLCK, &unlocked)) < 0) return -errno;
  int peer = CCORESHIFT_FALLIBLE(ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  return peer < 0 ? -errno : ccoreshift_spawn_raise(peer);
}

int ccoreshift_spawn_terminal_size(int terminal, uint16_t *rows, uint16_t *columns) {
  struct winsize size;
  if (ioctl(terminal, TIOCGWINSZ, &size) < 0) return -errno;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}

int ccoreshift_spawn_set_terminal_size(int terminal, uint16_t rows, uint16_t columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  return CCORESHIFT_FALLIBLE(ioctl(terminal, TIOCSWINSZ, &size)) < 0 ? -errno : 0;
}

int ccoreshift_spawn_copy_text(char *target, const void *text, size_t count) {
  if (count > 0 && memchr(text, 0, count) != NULL) return -EINVAL;
  if (count > 0) memcpy(target, text, count);
  target[count] = 0;
  return 0;
}

char *const *ccoreshift_spawn_environment(void) {
  return environ;
}
