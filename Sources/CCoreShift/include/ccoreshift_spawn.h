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
  CCORESHIFT_SPAWN_TERMINAL,
  CCORESHIFT_SPAWN_SETPRIORITY,
  CCORESHIFT_SPAWN_PRLIMIT,
  CCORESHIFT_SPAWN_SETGROUPS,
  CCORESHIFT_SPAWN_SETRESGID,
  CCORESHIFT_SPAWN_AMBIENT,
  CCORESHIFT_SPAWN_SETRESUID,
  CCORESHIFT_SPAWN_FCHDIR,
  CCORESHIFT_SPAWN_CHDIR,
  CCORESHIFT_SPAWN_NO_NEW_PRIVILEGES,
  CCORESHIFT_SPAWN_DEATH_SIGNAL,
  CCORESHIFT_SPAWN_CLOSE_RANGE,
  CCORESHIFT_SPAWN_SIGPROCMASK,
  CCORESHIFT_SPAWN_EXECVEAT,
  CCORESHIFT_SPAWN_MMAP,
  CCORESHIFT_SPAWN_POSIX_SPAWN,
  CCORESHIFT_SPAWN_PIDFD_OPEN,
};

enum ccoreshift_spawn_flags {
  /// Lead a new session (and with it a new process group).
  CCORESHIFT_SPAWN_NEW_SESSION = 1 << 0,
  /// Enter `process_group`; 0 there means a new group led by the child.
  CCORESHIFT_SPAWN_SET_GROUP = 1 << 1,
  /// Close every descriptor from `first_closed` on that no mapping targets.
  CCORESHIFT_SPAWN_CLOSE_OTHERS = 1 << 2,
  /// For tests: behave as if the kernel had no clone3.
  CCORESHIFT_SPAWN_WITHOUT_CLONE3 = 1 << 3,
  /// Give the child a copy of the parent's memory instead of the memory itself.
  CCORESHIFT_SPAWN_COPY_MEMORY = 1 << 4,
  /// Start in the directory `directory`, and from there go to `working_directory`, if any.
  CCORESHIFT_SPAWN_SET_DIRECTORY = 1 << 5,
  /// Make `terminal` the controlling terminal of the new session.
  CCORESHIFT_SPAWN_SET_TERMINAL = 1 << 6,
  /// Begin in the control group whose directory is `control_group`; needs clone3.
  CCORESHIFT_SPAWN_INTO_CGROUP = 1 << 7,
  /// Take on `file_mask`, `niceness`, and so on. No flag, no system call.
  CCORESHIFT_SPAWN_SET_UMASK = 1 << 8,
  CCORESHIFT_SPAWN_SET_NICENESS = 1 << 9,
  CCORESHIFT_SPAWN_SET_LIMITS = 1 << 10,
  CCORESHIFT_SPAWN_SET_GROUPS = 1 << 11,
  CCORESHIFT_SPAWN_SET_GID = 1 << 12,
  CCORESHIFT_SPAWN_SET_UID = 1 << 13,
  CCORESHIFT_SPAWN_NO_PRIVILEGES = 1 << 14,
  CCORESHIFT_SPAWN_SET_DEATH_SIGNAL = 1 << 15,
  /// Read the dispositions of signals before the clone, while this thread is not suspended; else
  /// the child does.
  CCORESHIFT_SPAWN_PARENT_ASKS = 1 << 16,
};

/// A resource limit, as prlimit64 takes it; ~0 is no limit.
struct ccoreshift_spawn_limit {
  int32_t resource;
  /// The hard limit stays as it is, whatever `hard` says.
  uint8_t keeps_hard;
  uint64_t soft;
  uint64_t hard;
};

/// One descriptor of the child: `target` becomes a copy of the parent's `source`.
/// Targets are distinct. The order does not matter; swaps and overlaps are fine.
struct ccoreshift_spawn_mapping {
  int32_t source;
  int32_t target;
  /// A `source` that is not open leaves `target` closed instead of failing; -1 never is.
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
  uint32_t first_closed;
  /// Descriptors: a directory and a control group of the parent's, a terminal of the child's.
  int32_t directory;
  int32_t control_group;
  int32_t terminal;
  uint32_t file_mask;
  int32_t niceness;
  int32_t death_signal;
  uint32_t user;
  uint32_t group;
  const uint32_t *groups;
  const struct ccoreshift_spawn_limit *limits;
  uint32_t group_count;
  uint32_t limit_count;
  /// Called once the child has begun, with its number and its pidfd, while it comes to its exec:
  /// the caller is not suspended then, and waits for the exec afterwards. It must neither open nor
  /// close descriptors, which are the child's, too. NULL suspends; so do a copy of the memory and
  /// an identity, and then it is called behind the exec.
  void (*meanwhile)(void *context, int32_t pid, int32_t pidfd);
  void *context;
  /// For tests: the child's call of this number, from 1, fails with `fault_code`; 0 for none.
  int32_t fault_position;
  int32_t fault_code;
};

struct ccoreshift_spawned {
  int32_t pid;
  /// Close-on-exec, above 2. Owned by the caller.
  int32_t pidfd;
  /// Where it failed, and on which descriptor, if on one; for CCORESHIFT_SPAWN_DUP the source,
  /// or the target where that is beyond the limit.
  int32_t failed_step;
  int32_t failed_descriptor;
};

/// Spawns by clone3, or by clone where clone3 is missing or filtered, and returns when the child
/// has executed or failed; at a cost that does not depend on the parent's size, unless the child is
/// to have a copy of its memory.
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

/// Waits until the child has ended (true), or something can be read of its outputs, which may be
/// -1, or of `loop`, or a signal came.
bool ccoreshift_spawn_wait_for_end(int pidfd, int output, int error, int loop);
/// Whether somebody traces the calling thread, such as a debugger; false where nobody can say.
bool ccoreshift_spawn_is_traced(void);

/// Reaps without waiting: 1 and `*exit`, or 0 while the process runs.
int ccoreshift_pidfd_reap(int pidfd, struct ccoreshift_exit *exit);
/// Waits for the end, however long it takes, and reaps: 1 and `*exit`.
int ccoreshift_pidfd_reap_waiting(int pidfd, struct ccoreshift_exit *exit);
/// Waits until the process has ended, without reaping it: 1, or 0 after `timeout_ns` (negative:
/// for ever). An interrupted wait goes on with what remains.
int ccoreshift_pidfd_wait(int pidfd, int64_t timeout_ns);
/// Signals the process; -ESRCH once it has been reaped.
int ccoreshift_pidfd_signal(int pidfd, int signal);
/// Signals the group that the process leads. `without_flag` behaves as a kernel before 6.9.
int ccoreshift_pidfd_signal_group(int pidfd, int pid, int signal, bool without_flag);
/// Signals `group`, which the process was made to join: -EINVAL where it is in another one by now,
/// -ESRCH once it has been reaped, since the number may be another group's then.
int ccoreshift_pidfd_signal_joined(int pidfd, int pid, int group, int signal);
/// Whether the group that the process leads, or led before it was reaped, has members, zombies
/// included: 0, or -EPERM where none of them may be signalled; -ESRCH where it has none; -EINVAL
/// before 6.9.
int ccoreshift_pidfd_probe_group(int pidfd);
/// Whether a process of the group has not ended, as `/proc` has it, which is walked for that: 1, or
/// 0 where all that is left are zombies, of which it has seen some. -ENOTSUP where `/proc` is
/// another namespace's or hides processes, -ENOENT where there is none.
int ccoreshift_group_lives(int group);
/// The group of a process; -ESRCH where there is none of this number.
int ccoreshift_process_group(int pid);

/// Keeps the number of a child that was killed and nobody waits for any more, to be reaped later;
/// one of 64, and a further one is left to be a zombie. From any OS thread.
void ccoreshift_dropped_keep(int pid);
/// Reaps those that have ended, without waiting: one load, and where any was kept a system call for
/// each, and one more. From any OS thread.
void ccoreshift_dropped_reap(void);

/// A pipe for a child: both ends close-on-exec and above 2, so that no later mapping takes one
/// for a standard stream; only `ends[parent]` is non-blocking.
int ccoreshift_spawn_pipe(int ends[2], int parent);
/// /dev/null for reading and writing, close-on-exec, above 2.
int ccoreshift_spawn_open_null(void);
/// A pseudo-terminal's other end, close-on-exec and above 2, unlocked.
int ccoreshift_spawn_terminal_peer(int terminal);
int ccoreshift_spawn_terminal_size(int terminal, uint16_t *rows, uint16_t *columns);
int ccoreshift_spawn_set_terminal_size(int terminal, uint16_t rows, uint16_t columns);
/// Moves a descriptor above 2, close-on-exec, or closes it and returns -errno. Numbers 0 to 2 are
/// free only in a parent that has closed them; what the library keeps there would be taken for a
/// standard stream by the next spawn that inherits one.
int ccoreshift_spawn_raise(int descriptor);
/// Copies text and ends it with NUL; -EINVAL if it contains one already.
int ccoreshift_spawn_copy_text(char *target, const void *text, size_t count);
/// This process's environment, as execve takes it.
char *const *ccoreshift_spawn_environment(void);
