// The child between clone and exec.
//
// It runs in the parent's memory or a copy of it, on a stack of its own, while the parent is
// suspended or waits for it and for something else. Anything that it calls in the C library could
// act on the parent, which may be in a call at that moment: errno and locks are shared, setters
// signal the parent's threads, and a lock held by another thread is never released.
// So this file makes raw system calls only, allocates nothing, and calls nothing outside of itself
// but ccoreshift_spawn_child_traits.c.

#define _GNU_SOURCE
#include "ccoreshift_spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

// CLONE_CLEAR_SIGHAND leaves ignored signals ignored, and exec keeps them so.
CCORESHIFT_BARE static void reset_dispositions(struct ccoreshift_spawn_child *child) {
  static const struct ccoreshift_kernel_sigaction standard;
  uint64_t ignored = child->signals_to_reset, handled = 0;
  if (!(child->request->flags & CCORESHIFT_SPAWN_PARENT_ASKS))
    ccoreshift_spawn_read_dispositions(&ignored, &handled);
  for (uint64_t left = ignored | handled; left != 0; left &= left - 1)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SIGACTION, -1, SYS_rt_sigaction,
                            __builtin_ctzll(left) + 1, (long)&standard, 0,
                            CCORESHIFT_KERNEL_SIGSET_SIZE);
}

// Leaves the parent's table of descriptors for one of its own, with what a mapping or a directory
// may still need. Copying what is to be closed would cost as much as the parent has open.
CCORESHIFT_BARE static void leave_table(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  unsigned int end = request->first_closed;
  if (request->flags & CCORESHIFT_SPAWN_SET_DIRECTORY && (unsigned int)request->directory >= end)
    end = (unsigned int)request->directory + 1;
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    int32_t source = request->mappings[i].source;
    if (source >= 0 && (unsigned int)source >= end) end = (unsigned int)source + 1;
  }
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_CLOSE_RANGE, -1, SYS_close_range, end, ~0u,
                          CCORESHIFT_CLOSE_RANGE_UNSHARE, 0);
  // Its pidfd came into the table that was shared, under a number that a closed stream may have.
  if ((unsigned int)child->pidfd < end) ccoreshift_syscall4(SYS_close, child->pidfd, 0, 0, 0);
}

// Copies a source out of the way of the targets. A copy that lands on a target is left there,
// because its mapping overwrites it.
CCORESHIFT_BARE static long move_away(struct ccoreshift_spawn_child *child, int32_t source) {
  long copy = 2;
  do {
    copy = ccoreshift_spawn_attempt(child, SYS_fcntl, source, F_DUPFD_CLOEXEC, copy + 1, 0);
  } while (copy >= 0 && ccoreshift_spawn_is_target(child->request, (int32_t)copy));
  return copy;
}

// Which of the two numbers an error is about: the one beyond the limit, where the other is open.
CCORESHIFT_BARE static int32_t refused_number(const struct ccoreshift_spawn_mapping *mapping,
                                              long result) {
  if (result != -EBADF) return mapping->source;
  bool is_open = ccoreshift_syscall4(SYS_fcntl, mapping->from, F_GETFD, 0, 0) >= 0;
  return is_open ? mapping->target : mapping->source;
}

CCORESHIFT_BARE static void map_descriptors(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    struct ccoreshift_spawn_mapping *mapping = &request->mappings[i];
    mapping->from = mapping->source;
    if (!mapping->moved) continue;
    long copy = move_away(child, mapping->source);
    if (copy == -EBADF && mapping->optional) copy = -1;
    if (copy < -1) ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_DUP, mapping->source, copy);
    mapping->from = (int32_t)copy;
  }
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    const struct ccoreshift_spawn_mapping *mapping = &request->mappings[i];
    long result;
    // dup3 refuses equal numbers, and the original may be close-on-exec.
    if (mapping->from == mapping->target)
      result = ccoreshift_spawn_attempt(child, SYS_fcntl, mapping->target, F_SETFD, 0, 0);
    else
      result = ccoreshift_spawn_attempt(child, SYS_dup3, mapping->from, mapping->target, 0, 0);
    if (result >= 0) continue;
    if (result != -EBADF || !mapping->optional)
      ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_DUP, refused_number(mapping, result), result);
    ccoreshift_syscall4(SYS_close, mapping->target, 0, 0, 0);
  }
}

CCORESHIFT_BARE static void close_others(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  unsigned int first = request->first_closed;
  for (uint32_t i = 0; i < request->mapping_count; i++) {
    unsigned int target = (unsigned int)request->mappings[i].target;
    if (target < first) continue;
    if (target > first)
      ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_CLOSE_RANGE, -1, SYS_close_range, first,
                              target - 1, 0, 0);
    first = target + 1;
  }
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_CLOSE_RANGE, -1, SYS_close_range, first, ~0u, 0,
                          0);
}

// As the user that the child has become: where that one may not go, the child may not start.
CCORESHIFT_BARE static void change_directory(struct ccoreshift_spawn_child *child,
                                             int32_t directory) {
  const struct ccoreshift_spawn_request *request = child->request;
  if (request->flags & CCORESHIFT_SPAWN_SET_DIRECTORY)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_FCHDIR, request->directory, SYS_fchdir,
                            directory, 0, 0, 0);
  if (request->working_directory != NULL)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_CHDIR, -1, SYS_chdir,
                            (long)request->working_directory, 0, 0, 0);
}

CCORESHIFT_BARE _Noreturn void ccoreshift_spawn_child_main(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  // First: what is done to descriptors before would be done to the parent's.
  if (child->shares_table) leave_table(child);
  reset_dispositions(child);
  if (request->flags & CCORESHIFT_SPAWN_NEW_SESSION)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETSID, -1, SYS_setsid, 0, 0, 0, 0);
  if (request->flags & CCORESHIFT_SPAWN_SET_GROUP)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETPGID, -1, SYS_setpgid, 0,
                            request->process_group, 0, 0);
  // The directory's number may be a target; what moves it away is closed by the exec.
  long directory = request->directory;
  if (request->flags & CCORESHIFT_SPAWN_SET_DIRECTORY &&
      ccoreshift_spawn_is_target(request, request->directory)) {
    directory = move_away(child, request->directory);
    if (directory < 0)
      ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_FCHDIR, request->directory, directory);
  }
  map_descriptors(child);
  if (request->flags & CCORESHIFT_SPAWN_SET_TERMINAL)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_TERMINAL, request->terminal, SYS_ioctl,
                            request->terminal, TIOCSCTTY, 0, 0);
  ccoreshift_spawn_child_traits(child);
  change_directory(child, (int32_t)directory);
  ccoreshift_spawn_child_bonds(child);
  if (request->flags & CCORESHIFT_SPAWN_CLOSE_OTHERS) close_others(child);
  // Last, so that nothing above is interrupted: every signal was blocked by the parent.
  unsigned long nothing = 0;
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SIGPROCMASK, -1, SYS_rt_sigprocmask, SIG_SETMASK,
                          (long)&nothing, 0, CCORESHIFT_KERNEL_SIGSET_SIZE);
  // It comes back only if it fails.
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_EXECVEAT, -1, SYS_execveat, AT_FDCWD,
                          (long)request->path, (long)request->arguments,
                          (long)request->environment);
  ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_EXECVEAT, -1, -ENOEXEC);
}
