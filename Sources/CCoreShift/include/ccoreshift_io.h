// System calls on descriptors, epoll instances and sockets. Every function returns its result,
// or -errno; none touches errno in a way that a caller could observe.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

// Errors -----------------------------------------------------------------------------------

// "EMFILE", or NULL for a number that Linux does not use.
const char *ccoreshift_error_name(int code);
// "too many open files", or NULL. Never translated.
const char *ccoreshift_error_text(int code);

// Descriptors ------------------------------------------------------------------------------

ssize_t ccoreshift_read(int fd, void *buffer, size_t count);
// Writes; a closed pipe or socket is -EPIPE and never SIGPIPE.
ssize_t ccoreshift_write(int fd, const void *buffer, size_t count);
// The same by way of the signal mask: what ccoreshift_write does before Linux 6.18.
ssize_t ccoreshift_write_masked(int fd, const void *buffer, size_t count);
// Both with several buffers, at most CCORESHIFT_VECTOR_LIMIT of them.
ssize_t ccoreshift_read_vector(int fd, const struct iovec *pieces, int count);
ssize_t ccoreshift_write_vector(int fd, const struct iovec *pieces, int count);
enum { CCORESHIFT_VECTOR_LIMIT = 1024 };
// splice(SPLICE_F_NONBLOCK), of which one side is a pipe; never SIGPIPE.
ssize_t ccoreshift_splice(int from, int to, size_t count);
// sendfile from an offset, which leaves the file's own position; never SIGPIPE.
ssize_t ccoreshift_send_file(int from, int64_t offset, int to, size_t count);
ssize_t ccoreshift_pread(int fd, void *buffer, size_t count, int64_t offset);
ssize_t ccoreshift_pwrite(int fd, const void *buffer, size_t count, int64_t offset);
int64_t ccoreshift_seek(int fd, int64_t offset, int whence);
// Closes once. EINTR counts as closed, which on Linux it is.
int ccoreshift_close(int fd);
// A copy with close-on-exec set.
int ccoreshift_duplicate(int fd);
// A copy at `target`, whatever was there; fd == target only sets the flag.
int ccoreshift_duplicate_onto(int fd, int target, int close_on_exec);
int ccoreshift_status_flags(int fd);
int ccoreshift_descriptor_flags(int fd);
// How many bytes a pipe holds.
int ccoreshift_pipe_capacity(int fd);
// What it is then, which may be more; EPERM when this user's pipes have too much already.
int ccoreshift_set_pipe_capacity(int fd, int count);
// Sets or clears O_NONBLOCK and leaves the other status flags.
int ccoreshift_set_nonblocking(int fd, int on);
int ccoreshift_set_close_on_exec(int fd, int on);
int ccoreshift_pipe(int ends[2], int nonblocking);

// eventfd and timerfd ----------------------------------------------------------------------

int ccoreshift_eventfd(unsigned initial, int semaphore);
// timerfd on CLOCK_MONOTONIC.
int ccoreshift_timerfd(void);
// All in nanoseconds; first == 0 disarms. `absolute` is on CLOCK_MONOTONIC.
int ccoreshift_timerfd_arm(int fd, int64_t first, int64_t interval, int absolute);
// An eight-byte counter: a transfer of another size is -EIO.
int ccoreshift_counter_read(int fd, uint64_t *value);
int ccoreshift_counter_write(int fd, uint64_t value);
int64_t ccoreshift_monotonic_nanoseconds(void);

// epoll ------------------------------------------------------------------------------------

// One ready registration. epoll_event itself is packed on x86-64 and padded elsewhere.
struct ccoreshift_event {
  uint64_t token;
  uint32_t flags;
};

int ccoreshift_epoll_create(void);
int ccoreshift_epoll_add(int epoll, int fd, uint32_t flags, uint64_t token);
int ccoreshift_epoll_modify(int epoll, int fd, uint32_t flags, uint64_t token);
int ccoreshift_epoll_delete(int epoll, int fd);
// Waits for at most `timeout` nanoseconds; negative waits without end. Returns the count.
int ccoreshift_epoll_wait(
    int epoll, struct ccoreshift_event *events, int capacity, int64_t timeout);
