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

int cgreenthreads_join_thread_for(uintptr_t thread, int64_t nanoseconds) {
  // ThreadSanitizer does not see a join by this clock: it would take the thread for one that lives.
  clockid_t clock = CLOCK_REALTIME;
#ifdef __GLIBC__
  if (!cgreenthreads_is_thread_sanitized()) clock = CLOCK_MONOTONIC;
#endif
  struct timespec limit;
  clock_gettime(clock, &limit);
  limit.tv_sec += nanoseconds / 1000000000;
  limit.tv_nsec += nanoseconds % 1000000000;
  if (limit.tv_nsec >= 1000000000) {
    limit.tv_nsec -= 1000000000;
    limit.tv_sec++;
  }
#ifdef __GLIBC__
  if (clock == CLOCK_MONOTONIC) {
    return -pthread_clockjoin_np((pthread_t)thread, NULL, clock, &limit);
  }
#endif
  return -pthread_timedjoin_np((pthread_t)thread, NULL, &limit);
}

void cgreenthreads_detach_thread(uintptr_t thread) { pthread_detach((pthread_t)thread); }

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
//   idle -> asked -> coming -> held -> let go -> idle   the OS thread goes on when it sees "let go"
//           asked -> idle                               nobody came: the asker gives up
//                              held -> overdue -> idle  nobody let go: it goes on by itself
//
// Above the step the word holds the number of the asking. An OS thread that comes late, when others
// ask already, finds another number, and is nobody's.

enum { IDLE, ASKED, COMING, HELD, LET_GO, OVERDUE, STEPS = 8 };

static const int64_t LONGEST_HOLD = 1000000000;
static uint32_t word = IDLE;
static int32_t asked_thread;
static struct cgreenthreads_held place;
static struct sigaction previous;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static uint32_t present(void) { return __atomic_load_n(&word, __ATOMIC_ACQUIRE); }

// The word at a step of the asking that `asking` is a word of.
static uint32_t at(uint32_t asking, uint32_t step) { return asking / STEPS * STEPS + step; }

static bool move(uint32_t asking, uint32_t from, uint32_t to) {
  uint32_t expected = at(asking, from);
  return __atomic_compare_exchange_n(&word, &expected, at(asking, to), false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE);
}

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
  uint32_t asking = present();
  bool is_asked = __atomic_load_n(&asked_thread, __ATOMIC_ACQUIRE) ==
                  cgreenthreads_thread_identifier();
  if (is_asked && move(asking, ASKED, COMING)) {
    note_place(context);
    move(asking, COMING, HELD);
    cgreenthreads_futex_wake(&word);
    int64_t end = cgreenthreads_monotonic_now() + LONGEST_HOLD;
    while (present() == at(asking, HELD)) {
      int64_t left = end - cgreenthreads_monotonic_now();
      if (left <= 0 && move(asking, HELD, OVERDUE)) break;
      cgreenthreads_futex_wait_for(&word, at(asking, HELD), left > 0 ? left : 1);
    }
    move(asking, LET_GO, IDLE);
    cgreenthreads_futex_wake(&word);
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

static bool change_mask(int change) {
  sigset_t urgent, earlier;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  sigemptyset(&earlier);
  pthread_sigmask(change, &urgent, &earlier);
  return sigismember(&earlier, SIGURG) == 1;
}

bool cgreenthreads_accept_hold(void) {
  pthread_once(&once, install);
  return change_mask(SIG_UNBLOCK);
}

void cgreenthreads_refuse_hold(void) { change_mask(SIG_BLOCK); }

int cgreenthreads_hold(int32_t identifier, int64_t nanoseconds, struct cgreenthreads_held *held) {
  pthread_once(&once, install);
  pthread_mutex_lock(&one_at_a_time);
  uint32_t asking = at(present() + STEPS, ASKED);
  __atomic_store_n(&asked_thread, identifier, __ATOMIC_RELEASE);
  __atomic_store_n(&word, asking, __ATOMIC_RELEASE);
  int error = syscall(SYS_tgkill, getpid(), identifier, SIGURG) ? errno : 0;
  int64_t end = cgreenthreads_monotonic_now() + nanoseconds;
  while (!error && present() == asking) {
    int64_t left = end - cgreenthreads_monotonic_now();
    if (left <= 0) error = ETIMEDOUT;
    else cgreenthreads_futex_wait_for(&word, asking, left);
  }
  if (error && move(asking, ASKED, IDLE)) {
    pthread_mutex_unlock(&one_at_a_time);
    return -error;
  }
  // It has come, and only has to say where it stands.
  while (present() == at(asking, COMING))
    cgreenthreads_futex_wait_for(&word, at(asking, COMING), 1000000);
  *held = place;
  return 0;
}

bool cgreenthreads_let_go(void) {
  uint32_t asking = present();
  bool was_held = move(asking, HELD, LET_GO);
  cgreenthreads_futex_wake(&word);
  // The next asker may not use the word before the thread has seen it.
  while (present() == at(asking, LET_GO))
    cgreenthreads_futex_wait_for(&word, at(asking, LET_GO), 1000000);
  move(asking, OVERDUE, IDLE);
  pthread_mutex_unlock(&one_at_a_time);
  return was_held;
}
