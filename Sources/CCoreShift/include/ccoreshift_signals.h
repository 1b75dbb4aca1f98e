// Signals that a descriptor delivers. A set of signals is 64 bits: bit n - 1 is signal n. Every
// function returns its result, or -errno.
#pragma once

#include <stdint.h>

// One signal that was sent.
struct ccoreshift_signal {
  int32_t number;
  int32_t code;
  int32_t pid;
  uint32_t uid;
  int32_t status;
  int32_t value;
};

// A signalfd, after blocking `set` in this thread; `*blocked` are those that were not blocked
// before. On failure nothing has changed. -EINVAL for an empty set, or one with a signal that
// cannot be blocked.
int ccoreshift_signals_open(uint64_t set, uint64_t *blocked);
// Unblocks in this thread; what is pending is delivered before it returns.
int ccoreshift_signals_unblock(uint64_t set);
// Takes one signal; -EAGAIN when none is pending.
int ccoreshift_signals_take(int fd, struct ccoreshift_signal *signal);
// The kernel's number of this thread.
int ccoreshift_thread_identifier(void);
// Sends the signal to this process.
int ccoreshift_signals_raise(int signal);
// Ends this process by the signal's default action, or with 128 + signal where it has none that
// ends.
_Noreturn void ccoreshift_end_by_signal(int signal);
