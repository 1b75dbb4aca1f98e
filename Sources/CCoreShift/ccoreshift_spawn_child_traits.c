// Who the child is, and what it may use. Under the rules of ccoreshift_spawn_child.c: raw system
// calls only, which here also keeps the C library from changing every thread of the parent.

#define _GNU_SOURCE
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "ccoreshift_spawn_child.h"

// The kernel's own layout on every processor.
struct kernel_limit {
  uint64_t soft;
  uint64_t hard;
};

CCORESHIFT_BARE static void set_limits(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  for (uint32_t i = 0; i < request->limit_count; i++) {
    const struct ccoreshift_spawn_limit *limit = &request->limits[i];
    struct kernel_limit wanted = {limit->soft, limit->hard};
    long result = 0;
    if (limit->keeps_hard) {
      struct kernel_limit now;
      now.hard = 0;
      result = ccoreshift_syscall4(SYS_prlimit64, 0, limit->resource, 0, (long)&now);
      wanted.hard = now.hard;
    }
    if (result == 0)
      result = ccoreshift_spawn_attempt(child, SYS_prlimit64, 0, limit->resource, (long)&wanted, 0);
    if (result < 0) ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_PRLIMIT, -1, result);
  }
}

// A user other than 0 keeps its ambient capabilities through a change of user, and through the exec
// they become what it may do. A kernel that does not know of them has none.
CCORESHIFT_BARE static void drop_ambient_capabilities(struct ccoreshift_spawn_child *child) {
  long result =
    ccoreshift_spawn_attempt(child, SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0);
  if (result < 0 && result != -EINVAL)
    ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_AMBIENT, -1, result);
}

CCORESHIFT_BARE void ccoreshift_spawn_child_traits(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  // What takes privileges comes before they are given up.
  if (request->flags & CCORESHIFT_SPAWN_SET_UMASK)
    ccoreshift_syscall4(SYS_umask, request->file_mask, 0, 0, 0);
  if (request->flags & CCORESHIFT_SPAWN_SET_NICENESS)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETPRIORITY, -1, SYS_setpriority, PRIO_PROCESS,
                            0, request->niceness, 0);
  if (request->flags & CCORESHIFT_SPAWN_SET_LIMITS) set_limits(child);
  // Groups first, the user last: each step needs what the next one gives away.
  if (request->flags & CCORESHIFT_SPAWN_SET_GROUPS)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETGROUPS, -1, SYS_setgroups,
                            request->group_count, (long)request->groups, 0, 0);
  if (request->flags & CCORESHIFT_SPAWN_SET_GID)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETRESGID, -1, SYS_setresgid, request->group,
                            request->group, request->group, 0);
  if (!(request->flags & CCORESHIFT_SPAWN_SET_UID)) return;
  drop_ambient_capabilities(child);
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_SETRESUID, -1, SYS_setresuid, request->user,
                          request->user, request->user, 0);
}

CCORESHIFT_BARE void ccoreshift_spawn_child_bonds(struct ccoreshift_spawn_child *child) {
  const struct ccoreshift_spawn_request *request = child->request;
  if (request->flags & CCORESHIFT_SPAWN_NO_PRIVILEGES)
    ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_NO_NEW_PRIVILEGES, -1, SYS_prctl,
                            PR_SET_NO_NEW_PRIVS, 1, 0, 0);
  if (!(request->flags & CCORESHIFT_SPAWN_SET_DEATH_SIGNAL)) return;
  // Behind the identity, whose change makes the kernel forget it.
  ccoreshift_spawn_demand(child, CCORESHIFT_SPAWN_DEATH_SIGNAL, -1, SYS_prctl, PR_SET_PDEATHSIG,
                          request->death_signal, 0, 0);
  // A parent that died before sends nothing any more. One outside of the child's process
  // namespace is 0 here, dead or alive.
  long parent = ccoreshift_syscall4(SYS_getppid, 0, 0, 0, 0);
  if (parent != 0 && parent != child->parent)
    ccoreshift_spawn_fail(child, CCORESHIFT_SPAWN_DEATH_SIGNAL, -1, -ESRCH);
}
