// Writing where the reader may be gone, without SIGPIPE and without the process-wide disposition.
//
// Linux 6.18 has RWF_NOSIGNAL: one system call, for pipes and sockets alike. Before, SIGPIPE is
// blocked for this thread, a signal that the write raised is taken out of the queue, and the
// mask is put back: four system calls. SIGPIPE goes to the writing thread, so that no other
// thread can be hit.
#define _GNU_SOURCE
#include "ccoreshift_io.h"
#include "ccoreshift_io_masked.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

// A fact about the kernel, found once. A race finds it twice.
static atomic_bool kernel_lacks_nosignal;

static sigset_t pipe_signal(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  return signals;
}

int ccoreshift_mask_begin(struct ccoreshift_masked *masked) {
  sigset_t blocked = pipe_signal(), pending;
  // One that is pending already is somebody else's business and must stay pending.
  sigpending(&pending);
  masked->was_pending = sigismember(&pending, SIGPIPE);
  return -pthread_sigmask(SIG_BLOCK, &blocked, &masked->before);
}

void ccoreshift_mask_end(const struct ccoreshift_masked *masked, long result) {
  if ((result > 0 || result == -EPIPE) && !masked->was_pending) {
    sigset_t raised = pipe_signal();
    const struct timespec at_once = {0, 0};
    while (sigtimedwait(&raised, NULL, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &masked->before, NULL);
}

static ssize_t write_masked(int fd, const struct iovec *pieces, int count) {
  struct ccoreshift_masked masked;
  int failed = ccoreshift_mask_begin(&masked);
  if (failed) return failed;
  ssize_t result;
  do {
    result = writev(fd, pieces, count);
    if (result < 0) result = -errno;
  } while (result == -EINTR);
  ccoreshift_mask_end(&masked, result);
  return result;
}

// EOPNOTSUPP has two meanings: this kernel does not know the flag, or this kind of file takes no
// flags at all (an eventfd). A pipe takes flags, so for a pipe it is the kernel.
static ssize_t write_refused(int fd, const struct iovec *pieces, int count) {
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
    atomic_store_explicit(&kernel_lacks_nosignal, 1, memory_order_relaxed);
  }
  return write_masked(fd, pieces, count);
}

ssize_t ccoreshift_write_vector(int fd, const struct iovec *pieces, int count) {
  if (atomic_load_explicit(&kernel_lacks_nosignal, memory_order_relaxed)) {
    return write_masked(fd, pieces, count);
  }
  for (;;) {
    // Offset -1 is the file's own position: this is writev(2) with a flag.
    long result = syscall(SYS_pwritev2, fd, pieces, (long)count, -1L, -1L, RWF_NOSIGNAL);
    if (result >= 0) return result;
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP) return write_refused(fd, pieces, count);
    return -errno;
  }
}

ssize_t ccoreshift_write(int fd, const void *buffer, size_t count) {
  struct iovec piece = {.iov_base = (void *)buffer, .iov_len = count};
  return ccoreshift_write_vector(fd, &piece, 1);
}

ssize_t ccoreshift_write_masked(int fd, const void *buffer, size_t count) {
  struct iovec piece = {.iov_base = (void *)buffer, .iov_len = count};
  return write_masked(fd, &piece, 1);
}
