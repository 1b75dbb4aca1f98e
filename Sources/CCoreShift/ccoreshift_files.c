#define _GNU_SOURCE
#include "ccoreshift_files.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

static void describe(const struct stat *from, struct ccoreshift_status *status) {
  *status = (struct ccoreshift_status){
      .device = from->st_dev,
      .inode = from->st_ino,
      .links = from->st_nlink,
      .size = from->st_size,
      .blocks = from->st_blocks,
      .accessed = from->st_atim.tv_sec,
      .modified = from->st_mtim.tv_sec,
      .changed = from->st_ctim.tv_sec,
      .accessed_part = (uint32_t)from->st_atim.tv_nsec,
      .modified_part = (uint32_t)from->st_mtim.tv_nsec,
      .changed_part = (uint32_t)from->st_ctim.tv_nsec,
      .mode = from->st_mode,
      .user = from->st_uid,
      .group = from->st_gid,
  };
}

int ccoreshift_file_status(
    int directory, const char *path, int follow, struct ccoreshift_status *status) {
  struct stat found;
  if (fstatat(directory, path, &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0) return -errno;
  describe(&found, status);
  return 0;
}

int ccoreshift_descriptor_status(int fd, struct ccoreshift_status *status) {
  struct stat found;
  if (fstat(fd, &found) < 0) return -errno;
  describe(&found, status);
  return 0;
}

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

ssize_t ccoreshift_pread_cached(int fd, void *buffer, size_t count, int64_t offset) {
  // These calls take -1 for the descriptor's own position, and would move it.
  if (offset < 0) return -EINVAL;
  struct iovec piece = {.iov_base = buffer, .iov_len = count};
  long result;
  do {
    // By its number: libc's own call would try again without the flag where it is refused.
    result = syscall(SYS_preadv2, fd, &piece, 1L, (long)offset, 0L, RWF_NOWAIT);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

ssize_t ccoreshift_pwrite_cached(int fd, const void *buffer, size_t count, int64_t offset) {
  if (offset < 0) return -EINVAL;
  struct iovec piece = {.iov_base = (void *)buffer, .iov_len = count};
  long result;
  do {
    result = syscall(SYS_pwritev2, fd, &piece, 1L, (long)offset, 0L, RWF_NOWAIT);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int ccoreshift_synchronize(int fd, int data_only) {
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(data_only ? fdatasync(fd) : fsync(fd));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : 0;
}

int ccoreshift_truncate(int fd, int64_t size) {
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(ftruncate(fd, size));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : 0;
}

int ccoreshift_advise(int fd, int64_t offset, int64_t count, int advice) {
  static const int advices[] = {
    [CCORESHIFT_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
    [CCORESHIFT_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
    [CCORESHIFT_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
    [CCORESHIFT_ADVICE_WILL_NEED] = POSIX_FADV_WILLNEED,
    [CCORESHIFT_ADVICE_DONT_NEED] = POSIX_FADV_DONTNEED,
  };
  // A sum beyond the last offset means the file's end to the kernel, and so may a negative one.
  if (offset < 0 || count < 0) return -EINVAL;
  // It returns the error's number, and leaves errno alone.
  return -posix_fadvise(fd, offset, count, advices[advice]);
}

int ccoreshift_set_permissions(int fd, unsigned mode) {
  return CCORESHIFT_FALLIBLE(fchmod(fd, (mode_t)mode)) < 0 ? -errno : 0;
}

int ccoreshift_set_owner(int fd, unsigned user, unsigned group) {
  return CCORESHIFT_FALLIBLE(fchown(fd, (uid_t)user, (gid_t)group)) < 0 ? -errno : 0;
}

int ccoreshift_try_lock(int fd, int lock) {
  static const int operations[] = {LOCK_SH, LOCK_EX, LOCK_UN};
  return flock(fd, operations[lock] | LOCK_NB) < 0 ? -errno : 0;
}

ssize_t ccoreshift_copy_range(
    int source, int64_t source_offset, int target, int64_t target_offset, size_t count) {
  loff_t from = source_offset, to = target_offset;
  ssize_t result;
  do {
    result = copy_file_range(source, &from, target, &to, count, 0);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}
