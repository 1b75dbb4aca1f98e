#define _GNU_SOURCE
#include "ccoreshift_io.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

// Calls again while a signal interrupted the call before it moved anything.
#define RETRY(type, call)                    \
  do {                                       \
    type result;                             \
    do {                                     \
      result = (call);                       \
    } while (result < 0 && errno == EINTR);  \
    return result < 0 ? -errno : result;     \
  } while (0)

#define ONCE(call)                         \
  do {                                     \
    int result = (call);                   \
    return result < 0 ? -errno : result;   \
  } while (0)

ssize_t ccoreshift_read(int fd, void *buffer, size_t count) {
  RETRY(ssize_t, read(fd, buffer, count));
}

ssize_t ccoreshift_read_vector(int fd, const struct iovec *pieces, int count) {
  RETRY(ssize_t, readv(fd, pieces, count));
}

ssize_t ccoreshift_pread(int fd, void *buffer, size_t count, int64_t offset) {
  RETRY(ssize_t, pread(fd, buffer, count, offset));
}

ssize_t ccoreshift_pwrite(int fd, const void *buffer, size_t count, int64_t offset) {
  RETRY(ssize_t, pwrite(fd, buffer, count, offset));
}

int64_t ccoreshift_seek(int fd, int64_t offset, int whence) {
  RETRY(int64_t, lseek(fd, offset, whence));
}

int ccoreshift_close(int fd) {
  // Never again after EINTR: the number is free by then, and may be somebody else's already.
  int result = close(fd);
  return result < 0 && errno != EINTR ? -errno : 0;
}

int ccoreshift_duplicate(int fd) { ONCE(CCORESHIFT_FALLIBLE(fcntl(fd, F_DUPFD_CLOEXEC, 0))); }

int ccoreshift_duplicate_onto(int fd, int target, int close_on_exec) {
  if (fd == target) return ccoreshift_set_close_on_exec(fd, close_on_exec);
  // EBUSY: another thread is between taking this number and installing its file there.
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(dup3(fd, target, close_on_exec ? O_CLOEXEC : 0));
  } while (result < 0 && (errno == EINTR || errno == EBUSY));
  return result < 0 ? -errno : 0;
}

int ccoreshift_status_flags(int fd) { ONCE(fcntl(fd, F_GETFL)); }

int ccoreshift_pipe_capacity(int fd) { ONCE(fcntl(fd, F_GETPIPE_SZ)); }

int ccoreshift_set_pipe_capacity(int fd, int count) { ONCE(fcntl(fd, F_SETPIPE_SZ, count)); }

int ccoreshift_descriptor_flags(int fd) { ONCE(fcntl(fd, F_GETFD)); }

int ccoreshift_set_nonblocking(int fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  int wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted == flags) return 0;
  ONCE(CCORESHIFT_FALLIBLE(fcntl(fd, F_SETFL, wanted)));
}

int ccoreshift_set_close_on_exec(int fd, int on) {
  int flags = fcntl(fd, F_GETFD);
  if (flags < 0) return -errno;
  int wanted = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
  if (wanted == flags) return 0;
  ONCE(CCORESHIFT_FALLIBLE(fcntl(fd, F_SETFD, wanted)));
}

int ccoreshift_pipe(int ends[2], int nonblocking) {
  ONCE(CCORESHIFT_FALLIBLE(pipe2(ends, O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0))));
}

int ccoreshift_eventfd(unsigned initial, int semaphore) {
  int flags = EFD_CLOEXEC | EFD_NONBLOCK | (semaphore ? EFD_SEMAPHORE : 0);
  ONCE(CCORESHIFT_FALLIBLE(eventfd(initial, flags)));
}

int ccoreshift_timerfd(void) {
  ONCE(CCORESHIFT_FALLIBLE(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)));
}

static struct timespec timespec_of(int64_t nanoseconds) {
  return (struct timespec){
      .tv_sec = nanoseconds / 1000000000,
      .tv_nsec = nanoseconds % 1000000000,
  };
}

int ccoreshift_timerfd_arm(int fd, int64_t first, int64_t interval, int absolute) {
  struct itimerspec spec = {
      .it_value = timespec_of(first),
      .it_interval = timespec_of(interval),
  };
  ONCE(timerfd_settime(fd, absolute ? TFD_TIMER_ABSTIME : 0, &spec, NULL));
}

int ccoreshift_counter_read(int fd, uint64_t *value) {
  ssize_t count = ccoreshift_read(fd, value, sizeof *value);
  if (count < 0) return (int)count;
  return count == sizeof *value ? 0 : -EIO;
}

int ccoreshift_counter_write(int fd, uint64_t value) {
  ssize_t count;
  do {
    count = write(fd, &value, sizeof value);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  return count == sizeof value ? 0 : -EIO;
}

int64_t ccoreshift_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
