// Writing where the reader may be gone, without SIGPIPE and without the process-wide disposition.
//
// Linux 6.18 has RWF_NOSIGNAL: one system call, for pipes and sockets alike. Before, SIGPIPE is
// blocked for this thread, a signal that the write raised is taken out of the queue, and the
// mask is put back: four system calls. SIGPIPE goes to the writing thread, so that no other
// thread can be hit.
#define _GNU_SOURCE
#include "ccoreshift_io.h"

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

static ssize_t write_masked(int fd, const struct iovec *pieces, int count) {
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  // One that is pending already is somebody else's business and must stay pending.
  sigpending(&pending);
  int was_pending = sigismember(&pending, SIGPIPE);
  int failed = pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  if (failed) return -failed;
  ssize_t result;
  do {
    result = writev(fd, pieces, count);
    if (result < 0) result = -errno;
  } while (result == -EINTR);
  if (result == -EPIPE && !was_pending) {
    const struct timespec at_once = {0, 0};
    while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
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
