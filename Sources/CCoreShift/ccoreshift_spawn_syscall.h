#pragma once

// What a spawned child calls: it shares the parent's thread-local storage, errno among it, so only
// bare system calls will do.

#include "ccoreshift_syscall.h"

CCORESHIFT_BARE static inline long ccoreshift_syscall4(long number, long a, long b, long c,
                                                       long d) {
  return ccoreshift_syscall6(number, a, b, c, d, 0, 0);
}

// The kernel's own layout, which differs from the C library's; the same on both processors.
struct ccoreshift_kernel_sigaction {
  void *handler;
  unsigned long flags;
  void *restorer;
  unsigned long mask;
};

enum { CCORESHIFT_KERNEL_SIGSET_SIZE = 8, CCORESHIFT_LAST_SIGNAL = 64 };

// close_range first takes a copy of a table that is shared, and only of what it leaves open.
enum { CCORESHIFT_CLOSE_RANGE_UNSHARE = 1 << 1 };
