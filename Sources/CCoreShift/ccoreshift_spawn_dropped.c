// Children that were dropped and killed, and could not be reaped in the time that a drop has. An OS
// thread that reaps them would be a thread that nobody asked for; so they are asked for again when
// the next child is spawned or dropped.

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/ccoreshift_spawn.h"

enum { CAPACITY = 64 };

// The child's number below its parent's, 0 for an empty place. Nobody else gets the number of a
// zombie, and one that was reaped by somebody else is found out before the next spawn. A pidfd
// would be kept open, and would mean something else to an OS thread that has a table of descriptors
// of its own. The parent's number is for a forked copy of the list, whose children they are not.
static atomic_uint_least64_t dropped[CAPACITY];

// At least as many as there are places taken, also in a copy made at any moment: it grows before a
// place is taken, and shrinks after one was emptied.
static atomic_int count;

static void keep(uint64_t child) {
  atomic_fetch_add(&count, 1);
  for (int i = 0; i < CAPACITY; i++) {
    uint_least64_t empty = 0;
    if (atomic_compare_exchange_strong(&dropped[i], &empty, child)) return;
  }
  atomic_fetch_sub(&count, 1);
}

void ccoreshift_dropped_keep(int pid) {
  keep((uint64_t)getpid() << 32 | (uint32_t)pid);
}

// Whether it will be there later, too. Never waits; ECHILD where somebody else has reaped it.
static bool is_unfinished(int pid) {
  siginfo_t info = {0};
  int result;
  do {
    result = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
  } while (result < 0 && errno == EINTR);
  return result == 0 && info.si_pid == 0;
}

void ccoreshift_dropped_reap(void) {
  if (__builtin_expect(atomic_load_explicit(&count, memory_order_relaxed) == 0, 1)) return;
  for (int i = 0; i < CAPACITY; i++) {
    if (atomic_load_explicit(&dropped[i], memory_order_relaxed) == 0) continue;
    // Taken out, so that no two OS threads ask for the same one: the later might get the next child
    // of this number.
    uint64_t child = atomic_exchange(&dropped[i], 0);
    if (child == 0) continue;
    if (child >> 32 == (uint32_t)getpid() && is_unfinished((int)(uint32_t)child)) keep(child);
    atomic_fetch_sub(&count, 1);
  }
}
