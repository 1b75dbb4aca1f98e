#define _GNU_SOURCE
#include "ccoreshift_signals.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// False for a set with a signal that cannot be blocked: KILL, STOP, and those that the C library
// keeps for itself, which sigaddset refuses.
static int fill(sigset_t *signals, uint64_t set) {
  sigemptyset(signals);
  for (int number = 1; number <= 64; number++) {
    if (!(set >> (number - 1) & 1)) continue;
    if (number == SIGKILL || number == SIGSTOP) return 0;
    if (sigaddset(signals, number) < 0) return 0;
  }
  return 1;
}

int ccoreshift_signals_open(uint64_t set, uint64_t *blocked) {
  sigset_t signals, earlier;
  if (set == 0 || !fill(&signals, set)) return -EINVAL;
  int error = ccoreshift_fault();
  if (error == 0) error = -pthread_sigmask(SIG_BLOCK, &signals, &earlier);
  if (error != 0) return error;
  int fd = CCORESHIFT_FALLIBLE(signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  if (fd < 0) {
    error = errno;
    pthread_sigmask(SIG_SETMASK, &earlier, NULL);
    return -error;
  }
  *blocked = 0;
  for (int number = 1; number <= 64; number++) {
    uint64_t bit = UINT64_C(1) << (number - 1);
    if ((set & bit) && sigismember(&earlier, number) == 0) *blocked |= bit;
  }
  return fd;
}

int ccoreshift_signals_unblock(uint64_t set) {
  sigset_t signals;
  if (!fill(&signals, set)) return -EINVAL;
  return -pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

int ccoreshift_signals_take(int fd, struct ccoreshift_signal *signal) {
  struct signalfd_siginfo taken;
  ssize_t count;
  do {
    count = read(fd, &taken, sizeof taken);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  if (count != sizeof taken) return -EIO;
  *signal = (struct ccoreshift_signal){
      .number = (int32_t)taken.ssi_signo,
      .code = taken.ssi_code,
      .pid = (int32_t)taken.ssi_pid,
      .uid = taken.ssi_uid,
      .status = taken.ssi_status,
      .value = taken.ssi_int,
  };
  return 0;
}

int ccoreshift_thread_identifier(void) { return (int)syscall(SYS_gettid); }

int ccoreshift_signals_raise(int number) { return kill(getpid(), number) < 0 ? -errno : 0; }

_Noreturn void ccoreshift_end_by_signal(int number) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigset_t signals;
  sigemptyset(&signals);
  if (sigaddset(&signals, number) == 0) {
    sigaction(number, &standard, NULL);
    // Sent while blocked where it was: unblocking delivers it before the call returns.
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
  }
  // The signal does not end a process by default, or this is the first process of a container,
  // which the kernel spares.
  _exit(128 + number);
}
