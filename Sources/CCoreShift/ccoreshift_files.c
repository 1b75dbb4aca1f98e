#define _GNU_SOURCE
#include "ccoreshift_files.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

int ccoreshift_open(const char *path, int flags, unsigned mode) {
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(open(path, flags, (mode_t)mode));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int ccoreshift_reopen(int fd, int flags) {
  // A number that is not open would otherwise be ENOENT, as if a file were missing.
  if (fcntl(fd, F_GETFD) < 0) return -errno;
  char path[40];
  snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
  return ccoreshift_open(path, flags, 0);
}

int ccoreshift_file_mode(int fd) {
  struct stat status;
  return fstat(fd, &status) < 0 ? -errno : (int)status.st_mode;
}

int ccoreshift_is_terminal(int fd) {
  struct termios settings;
  return tcgetattr(fd, &settings) == 0;
}

int ccoreshift_terminal_columns(int fd) {
  struct winsize size;
  return ioctl(fd, TIOCGWINSZ, &size) < 0 ? -errno : size.ws_col;
}

int ccoreshift_check_executable(const char *path) {
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  if (S_ISDIR(status.st_mode)) return -EISDIR;
  if (!S_ISREG(status.st_mode)) return -EACCES;
  return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}
