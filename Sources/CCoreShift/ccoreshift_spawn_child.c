// The child between clone and exec.
//
// It runs in the parent's memory, on a stack of its own, while the parent is suspended. Anything
// that it calls in the C library would act on the parent: errno and locks are shared, setters
// signal the parent's threads, and a lock held by another thread is never released. So this file
// makes raw system calls only, allocates nothing, and has no undefined symbol.

#define _GNU_SOURCE
#include "ccoreshift_spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "ccoreshift_spawn_syscall.h"

CCORESHIFT_BARE _Noreturn static void fail(struct ccoreshift_spawn_child *child, int step,
                                           int descriptor, long result) {
  child->failed_step = step;
  child->failed_descriptor = descriptor;
  child->error = (int32_t)-result;
  for (;;) ccoreshift_syscall4(SYS_exit, 127, 0, 0, 0);
}

// CLONE_CLEAR_SIGHAND leaves ignored signals ignored, and exec keeps them so.
CCORESHIFT_BARE static void reset_dispositions(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_kernel_sigaction standard = {0};
  for (uint64_t left = child->signals_to_reset; left != 0; left &= left - 1) {
    long result = ccoreshift_syscall4(SYS_rt_sigaction, __builtin_ctzll(left) + 1,
                                      (long)&standard, 0, CCORESHIFT_KERNEL_SIGSET_SIZE);
    if (result < 0) fail(child, CCORESHIFT_SPAWN_SIGACTION, -1, result);
  }
}

// Copies a source out of the way of the targets. A copy that lands on a target is left there,
// because its mapping overwrites it.
CCORESHIFT_BARE static long move_away(const struct ccoreshift_spawn_request *request,
                                      int32_t source) {
  long copy = 2;
  do {
    copy = ccoreshift_syscall4(SYS_fcntl, source, F_DUPFD_CLOEXEC, copy + 1, 0);
  } while (copy >= 0 && ccoreshift_spawn_is_target(request, (int32_t)copy));
  return copy;
}

CCORESHIFT_BARE static void map_descriptors(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    struct ccoreshift_spawn_mapping *mapping = &request->mappings[i];
    mapping->from = mapping->source;
    if (!mapping->moved) continue;
    long copy = move_away(request, mapping->source);
    if (copy == -EBADF && mapping->optional) copy = -1;
    if (copy < -1) fail(child, CCORESHIFT_SPAWN_DUP, mapping->source, copy);
    mapping->from = (int32_t)copy;
  }
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    const struct ccoreshift_spawn_mapping *mapping = &request->mappings[i];
    long result;
    // dup3 refuses equal numbers, and the original may be close-on-exec.
    if (mapping->from == mapping->target)
      result = ccoreshift_syscall4(SYS_fcntl, mapping->target, F_SETFD, 0, 0);
    else
      result = ccoreshift_syscall4(SYS_dup3, mapping->from, mapping->target, 0, 0);
    if (result >= 0) continue;
    if (result != -EBADF || !mapping->optional)
      fail(child, CCORESHIFT_SPAWN_DUP, mapping->source, result);
    ccoreshift_syscall4(SYS_close, mapping->target, 0, 0, 0);
  }
}

CCORESHIFT_BARE static void close_others(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  unsigned int first = 0;
  for (uint32_t i = 0; i <= request->mapping_count; i++) {
    unsigned int end = i < request->mapping_count
                               ? (unsigned int)request->mappings[i].target
                               : ~0u;
    // The last range is open-ended; every other one stops below its target.
    unsigned int last = i < request->mapping_count ? end - 1 : end;
    if (first < end) {
      long result = ccoreshift_syscall4(SYS_close_range, first, last, 0, 0);
      if (result < 0) fail(child, CCORESHIFT_SPAWN_CLOSE_RANGE, -1, result);
    }
    first = end + 1;
  }
}

CCORESHIFT_BARE _Noreturn void ccoreshift_spawn_child_main(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  long result;
  reset_dispositions(child);
  if (request->flags & CCORESHIFT_SPAWN_NEW_SESSION) {
    result = ccoreshift_syscall4(SYS_setsid, 0, 0, 0, 0);
    if (result < 0) fail(child, CCORESHIFT_SPAWN_SETSID, -1, result);
  }
  if (request->flags & CCORESHIFT_SPAWN_SET_GROUP) {
    result = ccoreshift_syscall4(SYS_setpgid, 0, request->process_group, 0, 0);
    if (result < 0) fail(child, CCORESHIFT_SPAWN_SETPGID, -1, result);
  }
  if (request->working_directory != NULL) {
    result = ccoreshift_syscall4(SYS_chdir, (long)request->working_directory, 0, 0, 0);
    if (result < 0) fail(child, CCORESHIFT_SPAWN_CHDIR, -1, result);
  }
  map_descriptors(child);
  if (request->flags & CCORESHIFT_SPAWN_CLOSE_OTHERS) close_others(child);
  // Last, so that nothing above is interrupted: every signal was blocked by the parent.
  unsigned long nothing = 0;
  result = ccoreshift_syscall4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&nothing, 0,
                                 CCORESHIFT_KERNEL_SIGSET_SIZE);
  if (result < 0) fail(child, CCORESHIFT_SPAWN_SIGPROCMASK, -1, result);
  result = ccoreshift_syscall6(SYS_execveat, AT_FDCWD, (long)request->path,
                                 (long)request->arguments, (long)request->environment, 0, 0);
  fail(child, CCORESHIFT_SPAWN_EXECVEAT, -1, result);
}
