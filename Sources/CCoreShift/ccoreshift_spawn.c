// What both ways of spawning share, and what comes after them: signals and the exit.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ccoreshift_spawn_child.h"
#include "include/ccoreshift_io.h"
#include "ccoreshift_spawn_syscall.h"

int ccoreshift_spawn_prepare(struct ccoreshift_spawn_mapping *mappings, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    struct ccoreshift_spawn_mapping mapping = mappings[i];
    if (mapping.source < (mapping.optional ? -1 : 0) || mapping.target < 0) return -EINVAL;
    uint32_t place = i;
    for (; place > 0 && mappings[place - 1].target > mapping.target; place--)
      mappings[place] = mappings[place - 1];
    mappings[place] = mapping;
  }
  const struct ccoreshift_spawn_request sorted = {.mappings = mappings, .mapping_count = count};
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0 && mappings[i].target == mappings[i - 1].target) return -EINVAL;
    mappings[i].moved = mappings[i].source != mappings[i].target &&
                            ccoreshift_spawn_is_target(&sorted, mappings[i].source);
  }
  return 0;
}

int ccoreshift_pidfd_wait(int pidfd, int64_t timeout_ns) {
  int64_t end = timeout_ns < 0 ? 0 : ccoreshift_monotonic_nanoseconds();
  if (__builtin_add_overflow(end, timeout_ns, &end)) end = INT64_MAX;
  struct pollfd entry = {.fd = pidfd, .events = POLLIN};
  for (;;) {
    struct timespec left = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    int count = ppoll(&entry, 1, timeout_ns < 0 ? NULL : &left, NULL);
    if (count >= 0) return count;
    if (errno != EINTR) return -errno;
    if (timeout_ns < 0) continue;
    timeout_ns = end - ccoreshift_monotonic_nanoseconds();
    if (timeout_ns < 0) timeout_ns = 0;
  }
}

// struct pidfd_info and its request, as of Linux 6.13 (64 bytes); the exit status is 6.15's.
struct pidfd_info_0 {
  uint64_t mask;
  uint64_t cgroup;
  uint32_t identities[11];
  int32_t exit_code;
};
_Static_assert(sizeof(struct pidfd_info_0) == 64, "the kernel reads the size from the request");
#define CCORESHIFT_PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info_0)
enum { CCORESHIFT_PIDFD_INFO_EXIT = 1 << 3 };

// The status of a process that somebody else has reaped: the kernel itself where SIGCHLD is
// ignored, or another part of this program.
static void read_foreign_exit(int pidfd, struct ccoreshift_exit *exit) {
  *exit = (struct ccoreshift_exit){0};
  struct pidfd_info_0 info = {.mask = CCORESHIFT_PIDFD_INFO_EXIT};
  if (ioctl(pidfd, CCORESHIFT_PIDFD_GET_INFO, &info) < 0) {
    // Reaped, and before 6.15 nothing is known then; later ones say so only while it is being
    // reaped. Nothing was written, so the mask is still the question.
    if (errno != ESRCH) return;
    info.mask = 0;
  }
  if (!(info.mask & CCORESHIFT_PIDFD_INFO_EXIT)) {
    // Readable means dead; only hang-up means reaped, and the status appears with it.
    struct pollfd entry = {.fd = pidfd, .events = 0};
    poll(&entry, 1, 10);
    info.mask = CCORESHIFT_PIDFD_INFO_EXIT;
    if (ioctl(pidfd, CCORESHIFT_PIDFD_GET_INFO, &info) < 0) return;
    if (!(info.mask & CCORESHIFT_PIDFD_INFO_EXIT)) return;
  }
  int status = info.exit_code;
  if (WIFEXITED(status)) {
    exit->code = CLD_EXITED;
    exit->status = WEXITSTATUS(status);
  } else {
    exit->code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
    exit->status = WTERMSIG(status);
  }
}

// Not ours to reap, or reaped already. It may still be running: a pidfd of a stranger.
static int reap_foreign(int pidfd, int64_t timeout_ns, struct ccoreshift_exit *exit) {
  int ended = ccoreshift_pidfd_wait(pidfd, timeout_ns);
  if (ended <= 0) return ended;
  read_foreign_exit(pidfd, exit);
  return 1;
}

// With WNOHANG 0 means that it runs; without, the kernel waits for its end.
static int reap(int pidfd, int flags, struct ccoreshift_exit *exit) {
  siginfo_t info = {0};
  struct rusage usage;
  // Raw: the library's waitid has no fifth argument, which is where the usage comes from.
  long result;
  do {
    result = ccoreshift_syscall6(SYS_waitid, P_PIDFD, pidfd, (long)&info, WEXITED | flags,
                                     (long)&usage, 0);
  } while (result == -EINTR);
  if (result == -ECHILD) return reap_foreign(pidfd, flags & WNOHANG ? 0 : -1, exit);
  if (result < 0) return (int)result;
  if (info.si_pid == 0) return 0;
  *exit = (struct ccoreshift_exit){
    .code = info.si_code,
    .status = info.si_status,
    .has_usage = true,
    .user_microseconds = usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec,
    .system_microseconds = usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec,
    .maximum_resident_kibibytes = usage.ru_maxrss,
  };
  return 1;
}

int ccoreshift_pidfd_reap(int pidfd, struct ccoreshift_exit *exit) {
  return reap(pidfd, WNOHANG, exit);
}

int ccoreshift_pidfd_reap_waiting(int pidfd, struct ccoreshift_exit *exit) {
  return reap(pidfd, 0, exit);
}

// PIDFD_SIGNAL_PROCESS_GROUP, since 6.9.
enum { PROCESS_GROUP = 1 << 2 };

static int send_signal(int pidfd, int signal, unsigned int flags) {
  return (int)ccoreshift_syscall4(SYS_pidfd_send_signal, pidfd, signal, 0, flags);
}

int ccoreshift_pidfd_signal(int pidfd, int signal) {
  return send_signal(pidfd, signal, 0);
}

int ccoreshift_pidfd_signal_group(int pidfd, int pid, int signal, bool without_flag) {
  if (!without_flag) {
    int result = send_signal(pidfd, signal, PROCESS_GROUP);
    // Before 6.9 the flag is EINVAL, and so is a bad signal: then kill says so again.
    if (result != -EINVAL) return result;
  }
  if (pid <= 1) return -EINVAL;
  // A zombie still holds its number; a reaped leader's may name strangers by now.
  int alive = send_signal(pidfd, 0, 0);
  if (alive < 0 && alive != -EPERM) return alive;
  return kill(-pid, signal) < 0 ? -errno : 0;
}

int ccoreshift_pidfd_signal_joined(int pidfd, int pid, int group, int signal) {
  if (pid <= 1 || group <= 1) return -EINVAL;
  // A member that has not been reaped, a zombie too, holds its group's number.
  int alive = send_signal(pidfd, 0, 0);
  if (alive < 0 && alive != -EPERM) return alive;
  int present = getpgid(pid);
  if (present < 0) return -errno;
  if (present != group) return -EINVAL;
  return kill(-group, signal) < 0 ? -errno : 0;
}

int ccoreshift_process_group(int pid) {
  int group = getpgid(pid);
  return group < 0 ? -errno : group;
}

int ccoreshift_pidfd_probe_group(int pidfd) {
  return send_signal(pidfd, 0, PROCESS_GROUP);
}
