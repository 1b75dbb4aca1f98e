#define _GNU_SOURCE
#include "ccoreshift_directories.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ONCE(call)                         \
  do {                                     \
    int result = CCORESHIFT_FALLIBLE(call); \
    return result < 0 ? -errno : result;   \
  } while (0)

int ccoreshift_open_at(int directory, const char *path, int flags, unsigned mode) {
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(openat(directory, path, flags, (mode_t)mode));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

ssize_t ccoreshift_read_entries(int directory, void *buffer, size_t count) {
  long result;
  do {
    result = syscall(SYS_getdents64, directory, buffer, count);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int ccoreshift_make_directory(int directory, const char *path, unsigned mode) {
  ONCE(mkdirat(directory, path, (mode_t)mode));
}

int ccoreshift_remove_file(int directory, const char *path) {
  ONCE(unlinkat(directory, path, 0));
}

int ccoreshift_remove_directory(int directory, const char *path) {
  ONCE(unlinkat(directory, path, AT_REMOVEDIR));
}

int ccoreshift_rename(
    int directory, const char *path, int target_directory, const char *target, int replace) {
  // renameat2 by its number: libc may lack it, and 1 is RENAME_NOREPLACE.
  ONCE((int)syscall(
      SYS_renameat2, directory, path, target_directory, target, replace ? 0U : 1U));
}
