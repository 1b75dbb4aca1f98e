// Names the green thread whose stack has overflowed.
//
// A stack that grows into its guard raises SIGSEGV with no stack left to handle it on, so the
// handler has one of its own (sigaltstack belongs to an OS thread, the handler to the process). It
// writes one message, puts the handler that was there before back, and returns: the faulting
// instruction runs again and meets that one, whether it prints a backtrace or dumps core.
#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALTERNATE_STACK_SIZE = 64 * 1024 };

static struct sigaction previous_segv, previous_bus;
static size_t label_offset, guard_size;
static __thread void *alternate_stack;

struct message {
  char text[512];
  size_t length;
};

static void append(struct message *m, const char *text, size_t length) {
  size_t room = sizeof m->text - m->length;
  if (length > room) length = room;
  memcpy(m->text + m->length, text, length);
  m->length += length;
}

static void append_text(struct message *m, const char *text) { append(m, text, strlen(text)); }

static void append_number(struct message *m, uint64_t number) {
  char digits[20];
  size_t count = 0;
  do digits[sizeof digits - ++count] = (char)('0' + number % 10);
  while (number /= 10);
  append(m, digits + sizeof digits - count, count);
}

static const struct cgreenthreads_label *overflowed(const char *address) {
  // The scheduler begins with the green thread that runs, and with the one that has lent its stack.
  char **scheduler = cgreenthreads_scheduler;
  if (!scheduler) return NULL;
  const char *thread = scheduler[0] ? scheduler[0] : scheduler[1];
  if (!thread) return NULL;
  const struct cgreenthreads_label *label = (const void *)(thread + label_offset);
  const char *guard = label->stack;
  return guard && address >= guard && address < guard + guard_size ? label : NULL;
}

static void report(const struct cgreenthreads_label *label) {
  struct message m = {.length = 0};
  append_text(&m, "\nStack overflow in green thread \"");
  append(&m, label->name, label->name_length);
  append_text(&m, "\", spawned at ");
  append_text(&m, label->file ? label->file : "an unknown place");
  append_text(&m, ":");
  append_number(&m, label->line);
  append_text(&m, ": its stack of ");
  append_number(&m, (((size_t)1 << label->stack_shift) - guard_size) / 1024);
  append_text(&m, " KiB is used up. Spawn it with a larger `stackSize:`, or recurse less.\n");
  cgreenthreads_print_error(m.text, m.length);
}

static void handle(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  const struct cgreenthreads_label *label = overflowed(info->si_addr);
  if (label) report(label);
  struct sigaction *previous = number == SIGSEGV ? &previous_segv : &previous_bus;
  if (info->si_code > 0) {
    sigaction(number, previous, NULL);
  } else {  // sent by somebody: no instruction will fault again, so pass it on
    sigaction(number, previous, NULL);
    raise(number);
  }
  errno = saved;
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_segv);
  sigaction(SIGBUS, &action, &previous_bus);
}

int cgreenthreads_watch_overflow(size_t offset, size_t guard) {
  static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
  stack_t old;
  if (sigaltstack(NULL, &old)) return -errno;
  if (old.ss_flags & SS_DISABLE) {
    void *memory = mmap(NULL, ALTERNATE_STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -errno;
    stack_t new = {.ss_sp = memory, .ss_size = ALTERNATE_STACK_SIZE, .ss_flags = 0};
    if (sigaltstack(&new, NULL)) {
      int error = errno;
      munmap(memory, ALTERNATE_STACK_SIZE);
      return -error;
    }
    alternate_stack = memory;
  }
  // The same for every scheduler, and written once: another one's OS thread may read them already.
  pthread_mutex_lock(&installing);
  if (!guard_size) {
    label_offset = offset;
    guard_size = guard;
    install();
  }
  pthread_mutex_unlock(&installing);
  return 0;
}

void cgreenthreads_unwatch_overflow(void) {
  if (!alternate_stack) return;
  stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  munmap(alternate_stack, ALTERNATE_STACK_SIZE);
  alternate_stack = NULL;
}
