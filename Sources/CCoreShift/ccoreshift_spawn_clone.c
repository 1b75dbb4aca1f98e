// The parent's side of a spawn by clone3 or clone.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ccoreshift_spawn_child.h"
#include "include/ccoreshift_fault.h"

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

// Deep enough for the child's few frames in an unoptimised build. No signal handler can run on
// it, and an array that is not initialised costs only the pages that are touched.
enum { CHILD_STACK_SIZE = 8192 };

// Whether the caller is suspended until the child's exec. With a copy of the memory, too, which so
// tells of a failure without a pipe, whose number some mapping might want; and where the memory is
// to be dumpable again behind the exec.
static bool suspends(const struct ccoreshift_spawn_request *request) {
  const uint32_t suspending =
    CCORESHIFT_SPAWN_COPY_MEMORY | CCORESHIFT_SPAWN_SET_GID | CCORESHIFT_SPAWN_SET_UID;
  return request->meanwhile == NULL || request->flags & suspending;
}

// A child that closes all but a few descriptors takes a copy of those few by itself: a copy of the
// whole table, made here, would cost the more the more is open.
static uint64_t clone_flags(const struct ccoreshift_spawn_child *child) {
  bool copies_memory = child->request->flags & CCORESHIFT_SPAWN_COPY_MEMORY;
  return CLONE_PIDFD | (suspends(child->request) ? CLONE_VFORK : CLONE_CHILD_CLEARTID) |
         (copies_memory ? 0 : CLONE_VM) | (child->shares_table ? CLONE_FILES : 0);
}

// Whether a path names a descriptor of the parent's, of which the child cannot know the number: it
// gets the whole table then.
static bool names_descriptor(const char *path) {
  return path != NULL &&
         (strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/fd/", 8) == 0);
}

// Makes the system call, and in the child calls ccoreshift_spawn_child_main on the new stack.
// The child never comes back through this frame: its return address belongs to the parent.
CCORESHIFT_BARE static long clone_and_call(long number, long a, long b, long c,
                                           struct ccoreshift_spawn_child *child) {
  long in_memory = (long)(uintptr_t)&child->in_memory;
#if defined(__x86_64__)
  register long r10 __asm__("r10") = in_memory;
  register long r8 __asm__("r8") = 0;
  long result;
  __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %[child], %%rdi\n\t"
                     "callq *%[entry]\n\t"
                     "ud2\n"
                     "1:"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), [child] "r"(child),
                       [entry] "r"(&ccoreshift_spawn_child_main)
                     : "rcx", "r11", "memory", "cc");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = in_memory;
  __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, %[child]\n\t"
                     "blr %[entry]\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [child] "r"(child),
                       [entry] "r"(&ccoreshift_spawn_child_main)
                     : "x30", "memory", "cc");
  return x0;
#endif
}

CCORESHIFT_BARE static long start(struct ccoreshift_spawn_child *child, unsigned char *stack) {
  const struct ccoreshift_spawn_request *request = child->request;
  uint64_t flags = clone_flags(child), ignored = 0, handled = 0;
  if (request->flags & CCORESHIFT_SPAWN_PARENT_ASKS)
    ccoreshift_spawn_read_dispositions(&ignored, &handled);
  child->signals_to_reset = ignored;
  long pid = -ENOSYS;
  if (!(request->flags & CCORESHIFT_SPAWN_WITHOUT_CLONE3)) {
    struct clone_args arguments = {
      .flags = flags | CLONE_CLEAR_SIGHAND,
      .pidfd = (uint64_t)(uintptr_t)&child->pidfd,
      .child_tid = (uint64_t)(uintptr_t)&child->in_memory,
      .exit_signal = SIGCHLD,
      .stack = (uint64_t)(uintptr_t)stack,
      .stack_size = CHILD_STACK_SIZE,
    };
    if (request->flags & CCORESHIFT_SPAWN_INTO_CGROUP) {
      arguments.flags |= CLONE_INTO_CGROUP;
      arguments.cgroup = (uint64_t)request->control_group;
    }
    pid = clone_and_call(SYS_clone3, (long)&arguments, sizeof arguments, 0, child);
  }
  // clone cannot place a child into a control group, and elsewhere it must not begin.
  if (request->flags & CCORESHIFT_SPAWN_INTO_CGROUP) return pid;
  // A seccomp filter cannot look into clone3's arguments, so containers refuse it whole:
  // ENOSYS by convention, EPERM from older ones. A real EPERM comes again from clone.
  if (pid != -ENOSYS && pid != -EPERM) return pid;
  // It does not clear handlers. Those could run once the child unblocks its signals.
  child->signals_to_reset |= handled;
  return clone_and_call(SYS_clone, (long)(flags | SIGCHLD), (long)(stack + CHILD_STACK_SIZE),
                        (long)&child->pidfd, child);
}

static void discard(int pidfd) {
  siginfo_t info;
  while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 && errno == EINTR) {
  }
  close(pidfd);
}

// Starts the child with every signal blocked, the C library's own two included: a handler that ran
// in the child would run in the parent's memory. Raw, because the library's call leaves those two
// open.
CCORESHIFT_BARE static long start_undisturbed(struct ccoreshift_spawn_child *child,
                                              unsigned char *stack) {
  unsigned long everything = ~0UL, before = 0;
  ccoreshift_syscall4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&everything, (long)&before,
                      CCORESHIFT_KERNEL_SIGSET_SIZE);
  long pid = start(child, stack);
  ccoreshift_syscall4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0,
                      CCORESHIFT_KERNEL_SIGSET_SIZE);
  return pid;
}

// A child that shares the memory and changes its identity makes the memory undumpable: good while
// it lasts, since nobody can trace the child then, but this process would be left without core
// dumps and without its own files in /proc. Two threads that do so at once may leave it so.
CCORESHIFT_BARE static long start_dumpable(struct ccoreshift_spawn_child *child,
                                           unsigned char *stack) {
  const uint32_t identity = CCORESHIFT_SPAWN_SET_GID | CCORESHIFT_SPAWN_SET_UID;
  uint32_t flags = child->request->flags;
  if (!(flags & identity) || flags & CCORESHIFT_SPAWN_COPY_MEMORY)
    return start_undisturbed(child, stack);
  long dumpable = ccoreshift_syscall4(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0);
  long pid = start_undisturbed(child, stack);
  if (dumpable == 1) ccoreshift_syscall4(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0);
  return pid;
}

// Has the caller wait for something else as well, if it is not suspended, and then for the exec:
// this frame is the child's until it has left the memory.
static void await_exec(struct ccoreshift_spawn_child *child, long pid) {
  const struct ccoreshift_spawn_request *request = child->request;
  if (pid < 0 || request->meanwhile == NULL) return;
  if (child->error == 0) request->meanwhile(request->context, (int32_t)pid, child->pidfd);
  if (suspends(request)) return;
  // Not private: the kernel does not wake as if it were.
  while (__atomic_load_n(&child->in_memory, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, &child->in_memory, FUTEX_WAIT, 1, NULL, NULL, 0);
}

// Turns what the child has said into the caller's answer.
static int conclude(const struct ccoreshift_spawn_child *child, long pid,
                    struct ccoreshift_spawned *spawned) {
  if (pid < 0) {
    spawned->failed_step = CCORESHIFT_SPAWN_CLONE;
    return (int)pid;
  }
  if (child->error != 0) {
    discard(child->pidfd);
    spawned->failed_step = child->failed_step;
    spawned->failed_descriptor = child->failed_descriptor;
    return -child->error;
  }
  int raised = ccoreshift_spawn_raise(child->pidfd);
  if (raised < 0) {
    // Without its pidfd the child is beyond reach: end it while its number is still ours.
    kill((pid_t)pid, SIGKILL);
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
    }
    spawned->failed_step = CCORESHIFT_SPAWN_CLONE;
    return raised;
  }
  *spawned = (struct ccoreshift_spawned){(int32_t)pid, raised, CCORESHIFT_SPAWN_NONE, -1};
  return 0;
}

CCORESHIFT_BARE int ccoreshift_spawn_clone(const struct ccoreshift_spawn_request *request,
                                           struct ccoreshift_spawned *spawned) {
  // The child's stack. It stays valid because this function does not return before the child has
  // executed or ended.
  __attribute__((aligned(16))) unsigned char stack[CHILD_STACK_SIZE];
  *spawned = (struct ccoreshift_spawned){-1, -1, CCORESHIFT_SPAWN_DUP, -1};
  int prepared = ccoreshift_spawn_prepare(request->mappings, request->mapping_count);
  if (prepared < 0) return prepared;

  struct ccoreshift_spawn_request resolved = *request;
  if (resolved.environment == NULL) resolved.environment = environ;
  struct ccoreshift_spawn_child local = {.request = &resolved}, *child = &local;
  if (resolved.flags & CCORESHIFT_SPAWN_COPY_MEMORY) {
    // What the child writes into its copy is not seen here, so this one is not copied.
    spawned->failed_step = CCORESHIFT_SPAWN_MMAP;
    if (ccoreshift_fault_errno() < 0) return -errno;
    child = mmap(NULL, sizeof *child, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (child == MAP_FAILED) return -errno;
    child->request = &resolved;
  }
  if (resolved.flags & CCORESHIFT_SPAWN_SET_DEATH_SIGNAL) child->parent = getpid();
  child->shares_table = resolved.flags & CCORESHIFT_SPAWN_CLOSE_OTHERS &&
                        !names_descriptor(resolved.working_directory);
  child->pidfd = -1;
  child->in_memory = 1;
  long pid = ccoreshift_fault();
  if (pid == 0) pid = start_dumpable(child, stack);
  await_exec(child, pid);
  int result = conclude(child, pid, spawned);
  if (child != &local) munmap(child, sizeof *child);
  return result;
}
