// Runs /bin/true COUNT times, one after the other, from a process that holds BYTES of memory.
//
//   spawn_clone COUNT [--resident BYTES]
//
// The floor of `drift-bench spawn-clone`: the same clone3, which copies no page tables, and an end
// that is awaited through the pidfd. The child only executes. Prints `metric value` lines.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

extern char **environ;

/// Stops the program with the failed step's name.
#define CHECK(condition)  \
  do {                    \
    if (!(condition)) {   \
      perror(#condition); \
      exit(125);          \
    }                     \
  } while (0)

static int child_error;

__attribute__((noreturn)) static void run_child(sigset_t *mask) {
  char *arguments[] = {"/bin/true", NULL};
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, 8);
  execve(arguments[0], arguments, environ);
  child_error = errno;
  _exit(127);
}

/// clone3 with a stack for the child, which shares everything else with the stopped parent.
static long clone_child(struct clone_args *args, sigset_t *mask) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %[mask], %%rdi\n\t"
      "call *%[run]\n\t"
      "1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args), [mask] "r"(mask), [run] "r"(run_child)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long result __asm__("x0") = (long)args;
  register long size __asm__("x1") = sizeof *args;
  register long number __asm__("x8") = SYS_clone3;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, %[mask]\n\t"
      "mov x29, xzr\n\t"
      "blr %[run]\n\t"
      "1:"
      : "+r"(result)
      : "r"(size), "r"(number), [mask] "r"(mask), [run] "r"(run_child)
      : "x30", "memory", "cc");
  return result;
#endif
}

/// The pidfd of a child that has begun to execute.
static int spawn(void) {
  static _Alignas(16) char stack[64 * 1024];
  int pidfd = -1;
  struct clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
      .pidfd = (uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = sizeof stack,
  };
  // Nobody's handler may run in the child.
  sigset_t all, mask;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &mask);
  long result = clone_child(&args, &mask);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  if (result < 0) errno = (int)-result;
  CHECK(result > 0);
  if (child_error != 0) errno = child_error;
  CHECK(child_error == 0 && "exec");
  return pidfd;
}

static void wait_exit(int pidfd) {
  struct pollfd entry = {.fd = pidfd, .events = POLLIN};
  CHECK(poll(&entry, 1, -1) == 1);
  siginfo_t status = {0};
  struct rusage usage;
  CHECK(syscall(SYS_waitid, P_PIDFD, pidfd, &status, WEXITED | WNOHANG, &usage) == 0);
  CHECK(status.si_code == CLD_EXITED && status.si_status == 0);
  close(pidfd);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static double processor(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
  int has_ballast = argc == 4 && strcmp(argv[2], "--resident") == 0;
  if (argc != 2 && !has_ballast) {
    fprintf(stderr, "usage: spawn_clone COUNT [--resident BYTES]\n");
    return 2;
  }
  int count = atoi(argv[1]);
  size_t resident = has_ballast ? strtoull(argv[3], NULL, 10) : 0;
  char *ballast = malloc(resident + 1);
  CHECK(ballast != NULL);
  memset(ballast, 1, resident + 1);
  double own = processor(RUSAGE_SELF), children = processor(RUSAGE_CHILDREN), begin = now();
  double spawning = 0;
  for (int index = 0; index < count; index++) {
    double start = now();
    int pidfd = spawn();
    spawning += now() - start;
    wait_exit(pidfd);
  }
  printf("us_per_spawn %f\n", (now() - begin) / count);
  printf("us_until_exec %f\n", spawning / count);
  printf("own_cpu_us %f\n", (processor(RUSAGE_SELF) - own) / count);
  printf("child_cpu_us %f\n", (processor(RUSAGE_CHILDREN) - children) / count);
  return ballast[resident] - 1;
}
