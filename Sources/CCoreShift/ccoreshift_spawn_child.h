#pragma once

#include <signal.h>

#include "ccoreshift_spawn_syscall.h"
#include "include/ccoreshift_spawn.h"

// Hidden, so that a call from one file to another is bound when the program is linked: the dynamic
// linker, if it had to look for a name in the child, would do so in the parent's memory.
#define CCORESHIFT_SPAWN_HIDDEN __attribute__((visibility("hidden")))

/// What the child reads and writes. It lives in memory that parent and child share.
struct ccoreshift_spawn_child {
  const struct ccoreshift_spawn_request *request;
  /// Bit n - 1 for signal n: what is not at its default yet, if the parent has asked.
  uint64_t signals_to_reset;
  /// The parent's number, when the child is to end with it; else 0.
  int32_t parent;
  /// The table of descriptors is the parent's, and what it still needs of it the child copies.
  bool shares_table;
  /// Written by the kernel before the child begins.
  volatile int32_t pidfd;
  /// 1 until the child has executed or ended, when the kernel writes 0; only where the parent is
  /// not suspended.
  volatile int32_t in_memory;
  /// How many calls that must succeed were asked for.
  int32_t asked;
  /// Written by a child that could not execute.
  volatile int32_t failed_step;
  volatile int32_t failed_descriptor;
  volatile int32_t error;
};

/// The way from clone to exec. Never returns.
CCORESHIFT_SPAWN_HIDDEN _Noreturn void ccoreshift_spawn_child_main(
  struct ccoreshift_spawn_child *child);

/// Priority, limits and identity; returns only if all could be taken on.
CCORESHIFT_SPAWN_HIDDEN void ccoreshift_spawn_child_traits(struct ccoreshift_spawn_child *child);

/// What comes behind the identity: no new privileges, and the signal at the parent's death.
CCORESHIFT_SPAWN_HIDDEN void ccoreshift_spawn_child_bonds(struct ccoreshift_spawn_child *child);

/// Tells the parent, and ends.
CCORESHIFT_BARE _Noreturn static inline void ccoreshift_spawn_fail(
  struct ccoreshift_spawn_child *child, int step, int descriptor, long result) {
  child->failed_step = step;
  child->failed_descriptor = descriptor;
  child->error = (int32_t)-result;
  for (;;) ccoreshift_syscall4(SYS_exit, 127, 0, 0, 0);
}

/// A call that may fail, unless a test lets it.
CCORESHIFT_BARE static inline long ccoreshift_spawn_attempt(struct ccoreshift_spawn_child *child,
                                                            long number, long a, long b, long c,
                                                            long d) {
  if (++child->asked == child->request->fault_position) return -child->request->fault_code;
  return ccoreshift_syscall4(number, a, b, c, d);
}

/// A call without which the child is not what was asked for.
CCORESHIFT_BARE static inline long ccoreshift_spawn_demand(struct ccoreshift_spawn_child *child,
                                                           int step, int descriptor, long number,
                                                           long a, long b, long c, long d) {
  long result = ccoreshift_spawn_attempt(child, number, a, b, c, d);
  if (result < 0) ccoreshift_spawn_fail(child, step, descriptor, result);
  return result;
}

// Sorts mappings by target, refuses duplicates and negatives, and marks the sources that a
// target would overwrite. Runs in the parent, so that the child need not.
int ccoreshift_spawn_prepare(struct ccoreshift_spawn_mapping *mappings, uint32_t count);

// The signals whose disposition is not the default one, bit n - 1 for signal n.
CCORESHIFT_BARE static inline void ccoreshift_spawn_read_dispositions(uint64_t *ignored,
                                                                      uint64_t *handled) {
  *ignored = *handled = 0;
  for (int signal = 1; signal <= CCORESHIFT_LAST_SIGNAL; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    struct ccoreshift_kernel_sigaction action;
    long result = ccoreshift_syscall4(SYS_rt_sigaction, signal, 0, (long)&action,
                                      CCORESHIFT_KERNEL_SIGSET_SIZE);
    // What cannot be read is set.
    if (result == 0 && action.handler == (void *)SIG_DFL) continue;
    if (result == 0 && action.handler == (void *)SIG_IGN) *ignored |= 1ULL << (signal - 1);
    else *handled |= 1ULL << (signal - 1);
  }
}

// Whether `number` is a target of the sorted mappings.
CCORESHIFT_BARE static inline bool ccoreshift_spawn_is_target(
  const struct ccoreshift_spawn_request *request, int32_t number) {
  uint32_t low = 0, high = request->mapping_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (request->mappings[middle].target == number) return true;
    if (request->mappings[middle].target < number) low = middle + 1;
    else high = middle;
  }
  return false;
}
