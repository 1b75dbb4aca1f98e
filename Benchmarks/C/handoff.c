// The floor for an unbuffered channel: two threads on one OS thread, a run queue, and a hand-over
// as direct as it can be, with no checks, no cancellation and no closing.
// Usage: handoff channel N | handoff pingpong N
//   channel: one producer, one consumer; prints ns_per_handoff.
//   pingpong: a value there and back over two channels; prints ns_per_roundtrip.
//
// Who comes second finds the other's waiter, which lies on its stack, copies the value across,
// makes the other runnable and goes on.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

void switch_to(void **save, void *load);
#if defined(__x86_64__)
__asm__(".text\n.globl switch_to\n.type switch_to,@function\nswitch_to:\n"
        "  push %rbp\n  push %rbx\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
        "  mov %rsp, (%rdi)\n"
        "  mov %rsi, %rsp\n"
        "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbx\n  pop %rbp\n"
        "  ret\n");
#else
#error "written for x86-64"
#endif

enum { STACK = 65536 };

typedef struct thread {
  void *sp;
  struct thread *next;
} thread;

typedef struct waiter {
  struct waiter *next;
  thread *thread;
  int64_t value;
} waiter;

typedef struct channel {
  waiter *receiver;
  waiter *sender;
} channel;

static thread *head, **tail = &head, *current;
static thread main_thread, other_thread;
static int64_t count;

static void make_runnable(thread *t) {
  t->next = NULL;
  *tail = t;
  tail = &t->next;
}

static inline __attribute__((always_inline)) void park(void) {
  thread *me = current, *next = head;
  if (!(head = next->next)) tail = &head;
  current = next;
  switch_to(&me->sp, next->sp);
}

static inline __attribute__((always_inline)) void channel_send(channel *c, int64_t value) {
  waiter *receiver = c->receiver;
  if (receiver) {
    c->receiver = receiver->next;
    receiver->value = value;
    make_runnable(receiver->thread);
    return;
  }
  waiter own = {c->sender, current, value};
  c->sender = &own;
  park();
}

static inline __attribute__((always_inline)) int64_t channel_receive(channel *c) {
  waiter *sender = c->sender;
  if (sender) {
    c->sender = sender->next;
    int64_t value = sender->value;
    make_runnable(sender->thread);
    return value;
  }
  waiter own = {c->receiver, current, 0};
  c->receiver = &own;
  park();
  __asm__ volatile("" ::: "memory");
  return own.value;
}

static channel ping, pong;

static void produce(void) {
  for (int64_t i = 0; i < count; i++) channel_send(&ping, i);
  for (;;) park();
}

static void answer(void) {
  for (;;) channel_send(&pong, channel_receive(&ping));
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void start(void (*body)(void)) {
  char *stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) exit(1);
  void **sp = (void **)(stack + STACK) - 1;
  *--sp = (void *)body;
  for (int i = 0; i < 6; i++) *--sp = 0;
  other_thread.sp = sp;
  make_runnable(&other_thread);
}

int main(int argc, char **argv) {
  if (argc < 3) return 125;
  count = atoll(argv[2]);
  current = &main_thread;
  int64_t sum = 0;
  if (!strcmp(argv[1], "channel")) {
    start(produce);
    int64_t begin = now_ns();
    for (int64_t i = 0; i < count; i++) sum += channel_receive(&ping);
    printf("ns_per_handoff %.3f\n", (double)(now_ns() - begin) / count);
  } else {
    start(answer);
    int64_t begin = now_ns();
    for (int64_t i = 0; i < count; i++) {
      channel_send(&ping, i);
      sum += channel_receive(&pong);
    }
    printf("ns_per_roundtrip %.3f\n", (double)(now_ns() - begin) / count);
  }
  return sum == count * (count - 1) / 2 ? 0 : 1;
}
