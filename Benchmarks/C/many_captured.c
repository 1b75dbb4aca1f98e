// Runs a command COUNT times, WIDTH at a time, and captures both outputs of each through pipes.
//
//   many_captured COUNT WIDTH COMMAND [ARGUMENTS...]
//
// The floor for `drift each -j WIDTH`: one thread, one epoll, and for each child two pipes, one
// clone3 that does not copy the page tables, and a pidfd. Prints `metric value` lines.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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

/// What of a child can become ready.
enum source { OUTPUT, ERRORS, EXIT, SOURCES };

struct buffer {
  char *bytes;
  size_t count, capacity;
};

struct job {
  int fds[SOURCES];  // -1 once it has ended
  int open;          // how many have not
  struct buffer captured[2];
};

/// What the child reads and writes of the parent's memory, while the parent is stopped.
struct plan {
  const char *path;
  char **arguments;
  int input, output, errors;
  int error;  // errno of what failed; 0 if the command runs
};

static int epoll, null_input;
static uint64_t captured_bytes, failed;

// --- Starting ---

__attribute__((noreturn)) static void run_child(struct plan *plan) {
  if (dup2(plan->input, 0) >= 0 && dup2(plan->output, 1) >= 0 && dup2(plan->errors, 2) >= 0) {
    execve(plan->path, plan->arguments, environ);
  }
  plan->error = errno;
  _exit(127);
}

/// clone3 with a stack for the child, which shares everything else with the stopped parent.
static long clone_child(struct clone_args *args, struct plan *plan) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %[plan], %%rdi\n\t"
      "call *%[run]\n\t"
      "1:"
      : "=a"(result)
      : "0"((long)SYS_clone3), "D"(args), "S"(sizeof *args), [plan] "r"(plan), [run] "r"(run_child)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long result __asm__("x0") = (long)args;
  register long size __asm__("x1") = sizeof *args;
  register long number __asm__("x8") = SYS_clone3;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, %[plan]\n\t"
      "mov x29, xzr\n\t"
      "blr %[run]\n\t"
      "1:"
      : "+r"(result)
      : "r"(size), "r"(number), [plan] "r"(plan), [run] "r"(run_child)
      : "x30", "memory", "cc");
  return result;
#endif
}

/// Starts the command with pipes for its outputs; `fds` gets the parent's ends and the pidfd.
static void spawn(struct plan plan, int fds[SOURCES]) {
  static _Alignas(16) char stack[64 * 1024];
  int output[2], errors[2];
  CHECK(pipe2(output, O_CLOEXEC) == 0);
  CHECK(pipe2(errors, O_CLOEXEC) == 0);
  CHECK(fcntl(output[0], F_SETFL, O_NONBLOCK) == 0);
  CHECK(fcntl(errors[0], F_SETFL, O_NONBLOCK) == 0);
  plan.input = null_input;
  plan.output = output[1];
  plan.errors = errors[1];
  plan.error = 0;

  int pidfd = -1;
  struct clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
      .pidfd = (uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = sizeof stack,
  };
  long result = clone_child(&args, &plan);
  if (result < 0) errno = (int)-result;
  CHECK(result > 0);
  if (plan.error != 0) errno = plan.error;
  CHECK(plan.error == 0 && "exec");
  close(output[1]);
  close(errors[1]);
  fds[OUTPUT] = output[0];
  fds[ERRORS] = errors[0];
  fds[EXIT] = pidfd;
}

static void start(struct job *job, size_t index, struct plan plan) {
  spawn(plan, job->fds);
  job->open = SOURCES;
  for (enum source source = OUTPUT; source < SOURCES; source++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = index * SOURCES + source};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, job->fds[source], &event) == 0);
  }
}

// --- Events ---

/// Deletes before it closes: a grandchild's copy would keep the registration alive.
static void end_source(struct job *job, enum source source) {
  CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, job->fds[source], NULL) == 0);
  close(job->fds[source]);
  job->fds[source] = -1;
  job->open--;
}

/// Reads what there is; true at the end of the output.
static bool drain(int fd, struct buffer *buffer) {
  while (1) {
    if (buffer->count == buffer->capacity) {
      buffer->capacity = buffer->capacity == 0 ? 4096 : buffer->capacity * 2;
      buffer->bytes = realloc(buffer->bytes, buffer->capacity);
      CHECK(buffer->bytes != NULL);
    }
    size_t room = buffer->capacity - buffer->count;
    ssize_t count = read(fd, buffer->bytes + buffer->count, room);
    if (count == 0) return true;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return false;
    CHECK(count > 0);
    buffer->count += (size_t)count;
    // Less than asked for: the pipe is empty or at its end, and epoll will tell which.
    if ((size_t)count < room) return false;
  }
}

static void reap(int pidfd) {
  siginfo_t info = {0};
  CHECK(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0);
  if (info.si_code != CLD_EXITED || info.si_status != 0) failed++;
}

/// True when the job has ended whole: both outputs and the process.
static bool handle(struct job *job, enum source source) {
  if (source == EXIT) {
    reap(job->fds[EXIT]);
  } else if (!drain(job->fds[source], &job->captured[source])) {
    return false;
  }
  end_source(job, source);
  if (job->open > 0) return false;
  for (int i = OUTPUT; i <= ERRORS; i++) {
    captured_bytes += job->captured[i].count;
    job->captured[i].count = 0;
  }
  return true;
}

/// Keeps `width` jobs running until `count` have ended.
static void run_all(size_t count, size_t width, struct plan plan) {
  if (width > count) width = count;
  struct job *jobs = calloc(width, sizeof *jobs);
  struct epoll_event *events = calloc(width * SOURCES, sizeof *events);
  CHECK(jobs != NULL && events != NULL);
  size_t started = 0, ended = 0;
  for (; started < width; started++) start(&jobs[started], started, plan);
  while (ended < count) {
    int ready = epoll_wait(epoll, events, (int)(width * SOURCES), -1);
    CHECK(ready >= 0 || errno == EINTR);
    for (int i = 0; i < ready; i++) {
      size_t index = events[i].data.u64 / SOURCES;
      if (!handle(&jobs[index], (enum source)(events[i].data.u64 % SOURCES))) continue;
      ended++;
      if (started == count) continue;
      start(&jobs[index], index, plan);
      started++;
    }
  }
  for (size_t i = 0; i < width; i++) {
    free(jobs[i].captured[OUTPUT].bytes);
    free(jobs[i].captured[ERRORS].bytes);
  }
  free(jobs);
  free(events);
}

// --- Measuring ---

/// The first executable of this name on the PATH, or the name itself if it has a slash.
static const char *find(const char *name) {
  static char path[4096];
  const char *folders = getenv("PATH");
  if (strchr(name, '/') != NULL || folders == NULL) return name;
  while (*folders != '\0') {
    size_t length = strcspn(folders, ":");
    snprintf(path, sizeof path, "%.*s/%s", (int)length, folders, name);
    if (access(path, X_OK) == 0) return path;
    folders += length + (folders[length] == ':');
  }
  return name;
}

static double wall_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double cpu_us(int who) {
  struct rusage usage;
  CHECK(getrusage(who, &usage) == 0);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
  long count = argc > 3 ? atol(argv[1]) : 0;
  long width = argc > 3 ? atol(argv[2]) : 0;
  if (count < 1 || width < 1 || width > 100000) {
    fprintf(stderr, "usage: many_captured COUNT WIDTH COMMAND [ARGUMENTS...]\n");
    return 125;
  }
  CHECK((epoll = epoll_create1(EPOLL_CLOEXEC)) >= 0);
  CHECK((null_input = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
  struct plan plan = {.path = find(argv[3]), .arguments = argv + 3};

  double wall = wall_us(), own = cpu_us(RUSAGE_SELF), children = cpu_us(RUSAGE_CHILDREN);
  run_all((size_t)count, (size_t)width, plan);
  wall = wall_us() - wall;
  printf("us_per_spawn %.2f\n", wall / (double)count);
  printf("own_cpu_us %.2f\n", (cpu_us(RUSAGE_SELF) - own) / (double)count);
  printf("child_cpu_us %.2f\n", (cpu_us(RUSAGE_CHILDREN) - children) / (double)count);
  printf("wall_ms %.1f\n", wall / 1e3);
  printf("captured_bytes %llu\n", (unsigned long long)captured_bytes);
  printf("failed %llu\n", (unsigned long long)failed);
  return failed == 0 ? 0 : 1;
}
