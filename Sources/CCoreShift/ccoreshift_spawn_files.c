// What the parent opens for a child, and the text that it hands over.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ccoreshift_spawn_child.h"

int ccoreshift_spawn_raise(int descriptor) {
  if (descriptor > 2) return descriptor;
  int raised = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  int error = errno;
  close(descriptor);
  return raised < 0 ? -error : raised;
}

int ccoreshift_spawn_pipe(int ends[2], int parent) {
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  int error = 0;
  for (int i = 0; i < 2; i++) {
    ends[i] = ccoreshift_spawn_raise(ends[i]);
    if (ends[i] < 0) error = ends[i];
  }
  // A new pipe has no other status flag that this could clear.
  if (error == 0 && fcntl(ends[parent], F_SETFL, O_NONBLOCK) < 0) error = -errno;
  if (error == 0) return 0;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
  return error;
}

int ccoreshift_spawn_open_null(void) {
  int descriptor;
  do {
    descriptor = open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : ccoreshift_spawn_raise(descriptor);
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
