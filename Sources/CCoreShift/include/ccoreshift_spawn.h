#pragma once

// Starting a process, and learning how it ended.
//
// Every function returns 0 (or a count) on success and -errno on failure, and leaves nothing
// behind when it fails: no child, no zombie, no descriptor.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What the child was doing when it failed. The names are the system calls'.
enum ccoreshift_spawn_step {
  CCORESHIFT_SPAWN_NONE,
  CCORESHIFT_SPAWN_CLONE,
  CCORESHIFT_SPAWN_SIGACTION,
  CCORESHIFT_SPAWN_SETSID,
  CCORESHIFT_SPAWN_SETPGID,
  CCORESHIFT_SPAWN_DUP,
  CCORESHIFT_SPAWN_CHDIR,
  CCORESHIFT_SPAWN_CLOSE_RANGE,
  CCORESHIFT_SPAWN_SIGPROCMASK,
  CCORESHIFT_SPAWN_EXECVEAT,
  CCORESHIFT_SPAWN_POSIX_SPAWN,
  CCORESHIFT_SPAWN_PIDFD_OPEN,
};

enum ccoreshift_spawn_flags {
  /// Lead a new session (and with it a new process group).
  CCORESHIFT_SPAWN_NEW_SESSION = 1 << 0,
  /// Enter `process_group`; 0 there means a new group led by the child.
  CCORESHIFT_SPAWN_SET_GROUP = 1 << 1,
  /// Close every descriptor that no mapping targets.
  CCORESHIFT_SPAWN_CLOSE_OTHERS = 1 << 2,
  /// For tests: behave as if the kernel had no clone3.
  CCORESHIFT_SPAWN_WITHOUT_CLONE3 = 1 << 3,
};

/// One descriptor of the child: `target` becomes a copy of the parent's `source`.
/// Targets are distinct. The order does not matter; swaps and overlaps are fine.
struct ccoreshift_spawn_mapping {
  int32_t source;
  int32_t target;
  /// A `source` that is not open leaves `target` closed instead of failing.
  uint8_t optional;
  /// Owned by the spawn code: the source must be copied out of the way first.
  uint8_t moved;
  /// Owned by the spawn code: the number to copy from, in the child.
  int32_t from;
};

/// Everything a child is made of. All pointers stay the caller's.
struct ccoreshift_spawn_request {
  /// Run exactly; relative paths start at the child's working directory.
  const char *path;
  char *const *arguments;
  /// NULL passes this process's environment on, without a copy.
  char *const *environment;
  /// NULL keeps the parent's.
  const char *working_directory;
  /// Sorted and annotated in place.
  struct ccoreshift_spawn_mapping *mappings;
  uint32_t mapping_count;
  uint32_t flags;
  int32_t process_group;
};

struct ccoreshift_spawned {
  int32_t pid;
  /// Close-on-exec, above 2. Owned by the caller.
  int32_t pidfd;
  /// Where it failed, and the mapping's source for CCORESHIFT_SPAWN_DUP.
  int32_t failed_step;
  int32_t failed_descriptor;
};

/// Spawns by clone3, or by clone where clone3 is missing or filtered, with the parent suspended
/// until the child has executed or failed, whatever the parent's size.
int ccoreshift_spawn_clone(const struct ccoreshift_spawn_request *request,
                           struct ccoreshift_spawned *spawned);

/// Spawns by posix_spawn of the C library, then pidfd_open.
int ccoreshift_spawn_posix(const struct ccoreshift_spawn_request *request,
                           struct ccoreshift_spawned *spawned);

/// How a child ended, and what it used.
struct ccoreshift_exit {
  /// CLD_EXITED, CLD_KILLED or CLD_DUMPED; 0 when nobody can say any more.
  int32_t code;
  /// The exit code or the signal.
  int32_t status;
  bool has_usage;
  int64_t user_microseconds;
  int64_t system_microseconds;
  int64_t maximum_resident_kibibytes;
};

/// Reaps without waiting: 1 and `*exit`, or 0 while the process runs.
int ccoreshift_pidfd_reap(int pidfd, struct ccoreshift_exit *exit);
/// Waits until the process has ended, without reaping it: 1, or 0 after `timeout_ns` (negative:
/// for ever). An interrupted wait goes on with what remains.
int ccoreshift_pidfd_wait(int pidfd, int64_t timeout_ns);
/// Signals the process; -ESRCH once it has been reaped.
int ccoreshift_pidfd_signal(int pidfd, int signal);
/// Signals the group that the process leads. `without_flag` behaves as a kernel before 6.9.
int ccoreshift_pidfd_signal_group(int pidfd, int pid, int signal, bool without_flag);

/// A pipe for a child: both ends close-on-exec and above 2, so that no later mapping takes one
/// for a standard stream; only `ends[parent]` is non-blocking.
int ccoreshift_spawn_pipe(int ends[2], int parent);
/// /dev/null for reading and writing, close-on-exec, above 2.
int ccoreshift_spawn_open_null(void);
/// Copies text and ends it with NUL; -EINVAL if it contains one already.
int ccoreshift_spawn_copy_text(char *target, const void *text, size_t count);
/// This process's environment, as execve takes it.
char *const *ccoreshift_spawn_environment(void);
