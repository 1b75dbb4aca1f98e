// OS threads of our own, and an OS thread stopped where it is so that another can read its memory.
#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct errand {
  void (*body)(void *);
  void *argument;
};

static void *run(void *argument) {
  struct errand errand = *(struct errand *)argument;
  free(argument);
  errand.body(errand.argument);
  return NULL;
}

int cgreenthreads_start_thread(uintptr_t *thread, const char *name, void (*body)(void *),
                               void *argument) {
  struct errand *errand = malloc(sizeof *errand);
  if (!errand) return -ENOMEM;
  *errand = (struct errand){body, argument};
  // A signal to the process must find somebody else: nothing waits for it here.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t created;
  int error = pthread_create(&created, NULL, run, errand);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (error) {
    free(errand);
    return -error;
  }
  pthread_setname_np(created, name);
  *thread = (uintptr_t)created;
  return 0;
}

void cgreenthreads_join_thread(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }

int32_t cgreenthreads_thread_identifier(void) { return (int32_t)syscall(SYS_gettid); }

void cgreenthreads_futex_wait_for(const uint32_t *word, uint32_t expected, int64_t nanoseconds) {
  struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &limit, NULL, 0);
}

#define UNCHECKED __attribute__((no_sanitize("address", "thread"), noinline))

UNCHECKED uint64_t cgreenthreads_peek(const void *word) { return *(const volatile uint64_t *)word; }

UNCHECKED uint32_t cgreenthreads_peek_half(const void *word) {
  return *(const volatile uint32_t *)word;
}

// --- Holding ---
//
// One word leads from step to step, and both sides move it by compare-and-swap only, so that each
// knows what the other one believes:
//
//   idle -> asked -> held -> let go -> idle      the OS thread goes on when it sees "let go"
//           asked -> idle                        nobody came: the asker gives up
//                    held -> overdue -> idle     nobody let go: the OS thread goes on by itself

enum { IDLE, ASKED, HELD, LET_GO, OVERDUE };

static const int64_t LONGEST_HOLD = 1000000000;
static uint32_t step = IDLE;
static int32_t asked_thread;
static struct cgreenthreads_held place;
static struct sigaction previous;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static bool move(uint32_t from, uint32_t to) {
  return __atomic_compare_exchange_n(&step, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static uint32_t present_step(void) { return __atomic_load_n(&step, __ATOMIC_ACQUIRE); }

static void note_place(const ucontext_t *context) {
#if defined(__x86_64__)
  place.pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
  place.frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
  place.stack_pointer = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#else
  place.pc = context->uc_mcontext.pc;
  place.frame = context->uc_mcontext.regs[29];
  place.stack_pointer = context->uc_mcontext.sp;
#endif
}

static void pass_on(int number, siginfo_t *sent, void *context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, sent, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  }
}

static void stand_still(int number, siginfo_t *sent, void *context) {
  int saved = errno;
  bool is_ours = __atomic_load_n(&asked_thread, __ATOMIC_ACQUIRE) ==
                     cgreenthreads_thread_identifier() && present_step() == ASKED;
  if (is_ours) {
    note_place(context);
    if (move(ASKED, HELD)) {
      cgreenthreads_futex_wake(&step);
      int64_t end = cgreenthreads_monotonic_now() + LONGEST_HOLD;
      while (present_step() == HELD) {
        int64_t left = end - cgreenthreads_monotonic_now();
        if (left <= 0 && move(HELD, OVERDUE)) break;
        cgreenthreads_futex_wait_for(&step, HELD, left > 0 ? left : 1);
      }
      if (present_step() == LET_GO) move(LET_GO, IDLE);
      cgreenthreads_futex_wake(&step);
    }
  } else {
    pass_on(number, sent, context);
  }
  errno = saved;
}

static void install(void) {
  struct sigaction action = {.sa_sigaction = stand_still,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
  sigfillset(&action.sa_mask);
  sigaction(SIGURG, &action, &previous);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

void cgreenthreads_accept_hold(void) {
  sigset_t urgent;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  pthread_once(&once, install);
  pthread_sigmask(SIG_UNBLOCK, &urgent, NULL);
}

int cgreenthreads_hold(int32_t identifier, int64_t nanoseconds, struct cgreenthreads_held *held) {
  pthread_once(&once, install);
  pthread_mutex_lock(&one_at_a_time);
  __atomic_store_n(&asked_thread, identifier, __ATOMIC_RELEASE);
  __atomic_store_n(&step, ASKED, __ATOMIC_RELEASE);
  int error = syscall(SYS_tgkill, getpid(), identifier, SIGURG) ? errno : 0;
  int64_t end = cgreenthreads_monotonic_now() + nanoseconds;
  while (!error && present_step() == ASKED) {
    int64_t left = end - cgreenthreads_monotonic_now();
    if (left <= 0) error = ETIMEDOUT;
    else cgreenthreads_futex_wait_for(&step, ASKED, left);
  }
  if (error && move(ASKED, IDLE)) {
    pthread_mutex_unlock(&one_at_a_time);
    return -error;
  }
  *held = place;
  return 0;
}

bool cgreenthreads_let_go(void) {
  bool was_held = move(HELD, LET_GO);
  cgreenthreads_futex_wake(&step);
  // The next holder may not reuse the word before the thread has seen it.
  while (present_step() == LET_GO) cgreenthreads_futex_wait_for(&step, LET_GO, 1000000);
  move(OVERDUE, IDLE);
  pthread_mutex_unlock(&one_at_a_time);
  return was_held;
}
