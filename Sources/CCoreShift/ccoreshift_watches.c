#define _GNU_SOURCE
#include "ccoreshift_watches.h"

#include "ccoreshift_fault.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

// What the Swift side decodes without this header.
_Static_assert(sizeof(struct inotify_event) == 16, "the decoder reads headers of 16 bytes");
_Static_assert(offsetof(struct inotify_event, mask) == 4, "the decoder reads the mask at 4");
_Static_assert(offsetof(struct inotify_event, cookie) == 8, "the decoder reads the cookie at 8");
_Static_assert(offsetof(struct inotify_event, len) == 12, "the decoder reads the length at 12");

_Static_assert(DT_DIR == 4 && DT_UNKNOWN == 0, "the decoder knows these kinds");

int ccoreshift_watches_open(void) {
  int result = CCORESHIFT_FALLIBLE(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  return result < 0 ? -errno : result;
}

int ccoreshift_watches_add(int fd, const char *path, uint32_t bits) {
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(inotify_add_watch(fd, path, bits));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int ccoreshift_watches_remove(int fd, int watch) {
  int result = CCORESHIFT_FALLIBLE(inotify_rm_watch(fd, watch));
  return result < 0 ? -errno : 0;
}

int ccoreshift_watches_list(int fd, void *buffer, size_t capacity) {
  // Not `readdir`: nothing of it is needed but the bytes.
  long result = CCORESHIFT_FALLIBLE(syscall(SYS_getdents64, fd, buffer, capacity));
  return result < 0 ? -errno : (int)result;
}
