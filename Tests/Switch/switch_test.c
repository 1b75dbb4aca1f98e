// Tests the switch alone, on every processor: no Swift, no scheduler. `Scripts/test-switch` builds
// it with the assembly of CGreenThreads and runs it, under emulation where need be.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unwind.h>

#include "CGreenThreads.h"
#include "switch_test_probe.h"

enum {
  STACK_SIZE = 256 * 1024,
  REGISTER_ROUNDS = 10000,
  SWITCH_ROUNDS = 1000000,
  CANARY = 0x5a,
};

static int failures;

#define EXPECT(condition, ...)                              \
  do {                                                      \
    if (!(condition)) {                                     \
      failures++;                                           \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #condition); \
      printf(__VA_ARGS__);                                  \
      printf("\n");                                         \
    }                                                       \
  } while (0)

/// What the switch knows of a record.
struct record {
  void *sp;
  void *next;
  uint64_t accesses[2];
};

/// Two stacks, and what they tell each other.
struct pair {
  struct record main;
  struct record thread;
  uint64_t count;
};

// The same tests run for both ways through the switch: between stacks, and between the records of
// two green threads, whose accesses are taken off and put back.
#if defined(SWITCH_THREADS)
#define SWITCH(from, to) cgreenthreads_switch_threads(&(from), &(to), &accesses_in_progress)
#define LOAD(record) (&(record))
#else
#define SWITCH(from, to) cgreenthreads_switch(&(from).sp, (to).sp)
#define LOAD(record) ((record).sp)
#endif

// Swift's runtime, as far as the switch calls it. Every third record has accesses in progress.
static uint64_t taken_off, put_back;

/// While it is zero nothing is taken off, and the runtime is not called.
uintptr_t accesses_in_progress = 1;

void swift_task_exitThreadLocalContext(void *state) {
  uint64_t *accesses = state;
  accesses[0] = ++taken_off % 3 == 0 ? taken_off : 0;
}

void swift_task_enterThreadLocalContext(void *state) {
  uint64_t *accesses = state;
  EXPECT(accesses[0] % 3 == 0 && accesses[0] != 0, "accesses %" PRIu64, accesses[0]);
  accesses[0] = 0;
  put_back++;
}

static _Alignas(64) unsigned char stack[STACK_SIZE];

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

/// Starts `entry` on a fresh stack and returns when it switches back.
static void start(struct pair *pair, void (*entry)(void *)) {
  pair->thread.sp = cgreenthreads_prepare(stack + STACK_SIZE, entry, pair);
  SWITCH(pair->main, pair->thread);
}

/// Ends the thread for good: the stack is simply not switched to again.
static void leave(struct pair *pair) {
#if defined(SWITCH_THREADS)
  cgreenthreads_leave_for(&pair->main);
#else
  void *abandoned;
  cgreenthreads_switch(&abandoned, pair->main.sp);
  abort();
#endif
}

// --- The entry ---

static void entered(void *argument) {
  struct pair *pair = argument;
  pair->count = 42;
  leave(pair);
}

void switch_test_entered(void *argument) { entered(argument); }

static void test_entry(void) {
  for (size_t offset = 0; offset < 32; offset++) {
    struct pair pair = {0};
    unsigned char *top = stack + STACK_SIZE - 64 + offset;
    memset(top, CANARY, (size_t)(stack + STACK_SIZE - top));
    memset(&switch_test_entry_state, 0xff, sizeof switch_test_entry_state);
    pair.thread.sp = cgreenthreads_prepare(top, switch_test_entry, &pair);
    SWITCH(pair.main, pair.thread);

    struct switch_test_entry_state state = switch_test_entry_state;
    EXPECT(pair.count == 42, "the entry did not run");
    EXPECT(state.argument == (uint64_t)(uintptr_t)&pair, "argument %" PRIx64, state.argument);
    EXPECT(state.aligned_sp % 16 == 0, "stack pointer %" PRIx64, state.aligned_sp);
    EXPECT(state.aligned_sp <= (uint64_t)(uintptr_t)top, "above the top of the stack");
    EXPECT(state.frame_pointer == 0, "frame pointer %" PRIx64, state.frame_pointer);
    for (unsigned char *byte = top; byte < stack + STACK_SIZE; byte++) {
      EXPECT(*byte == CANARY, "wrote %td bytes above the top", byte - top);
    }
  }
}

// --- Backtraces ---

static struct {
  int frame_pointers;
  int unwound;
  int end;
} traced;

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *count) {
  // The unwinder reports the end of the stack itself as a frame without an address.
  if (_Unwind_GetIP(context) != 0) ++*(int *)count;
  return *(int *)count < 100 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

__attribute__((noinline)) static void trace(void) {
  void **frame = __builtin_frame_address(0);
  while (frame != NULL && traced.frame_pointers < 100) {
    traced.frame_pointers++;
    frame = *frame;
  }
  traced.end = _Unwind_Backtrace(count_frame, &traced.unwound);
}

static void traced_entry(void *argument) {
  trace();
  leave(argument);
}

static void test_backtrace(void) {
  struct pair pair = {0};
  start(&pair, traced_entry);
  EXPECT(traced.frame_pointers == 2, "%d frames by frame pointer", traced.frame_pointers);
  EXPECT(traced.end == _URC_END_OF_STACK, "the unwinder stopped with %d", traced.end);
  // `trace`, `traced_entry` and the frame that called the entry.
  EXPECT(traced.unwound == 3, "%d frames unwound", traced.unwound);
}

// --- Registers ---

static void fill(uint64_t *registers) {
  for (int i = 0; i < SWITCH_TEST_REGISTERS; i++) {
    registers[i] = switch_test_valid(i, next_random());
  }
}

static void expect_same(const char *who, const uint64_t *before, const uint64_t *after) {
  for (int i = 0; i < SWITCH_TEST_REGISTERS; i++) {
    EXPECT(before[i] == after[i], "%s: %s was %" PRIx64 ", is %" PRIx64, who,
           switch_test_names[i], before[i], after[i]);
  }
}

static void overwriting_entry(void *argument) {
  struct pair *pair = argument;
  uint64_t before[SWITCH_TEST_REGISTERS], after[SWITCH_TEST_REGISTERS];
  while (1) {
    fill(before);
    switch_test_probe(&pair->thread, LOAD(pair->main), before, after);
    expect_same("thread", before, after);
    pair->count++;
  }
}

static void test_registers(void) {
  struct pair pair = {0};
  uint64_t before[SWITCH_TEST_REGISTERS], after[SWITCH_TEST_REGISTERS];
  pair.thread.sp = cgreenthreads_prepare(stack + STACK_SIZE, overwriting_entry, &pair);
  int failures_before = failures;
  for (int round = 0; round < REGISTER_ROUNDS && failures == failures_before; round++) {
    accesses_in_progress = (uintptr_t)round % 2;
    fill(before);
    if (round / 2 % 2) {
      switch_test_probe(&pair.main, LOAD(pair.thread), before, after);
    } else {
      switch_test_other_probe(&pair.main, LOAD(pair.thread), before, after);
    }
    expect_same("main", before, after);
  }
  accesses_in_progress = 1;
  EXPECT(pair.count == REGISTER_ROUNDS - 1, "%" PRIu64 " rounds", pair.count);
}

/// A new thread begins with the floating-point modes of whoever prepared it.
static void test_inherited_modes(void) {
  uint64_t usual[SWITCH_TEST_REGISTERS], modes[SWITCH_TEST_REGISTERS];
  uint64_t seen[SWITCH_TEST_REGISTERS];
  switch_test_read_modes(usual);
  for (int round = 0; round < 100; round++) {
    struct pair pair = {0};
    fill(modes);
    switch_test_write_modes(modes);
    pair.thread.sp = cgreenthreads_prepare(stack + STACK_SIZE, switch_test_entry, &pair);
    SWITCH(pair.main, pair.thread);
    switch_test_read_modes(seen);
    switch_test_write_modes(usual);
    for (int i = SWITCH_TEST_FIRST_MODE; i < SWITCH_TEST_REGISTERS; i++) {
      uint64_t entered_with = switch_test_entry_state.modes[i - SWITCH_TEST_FIRST_MODE];
      EXPECT(entered_with == modes[i], "%s is %" PRIx64, switch_test_names[i], entered_with);
      EXPECT(seen[i] == modes[i], "%s changed", switch_test_names[i]);
    }
  }
}

// --- Many switches ---

static void counting_entry(void *argument) {
  struct pair *pair = argument;
  while (1) {
    pair->count++;
    SWITCH(pair->thread, pair->main);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void test_many_switches(void) {
  struct pair pair = {0};
  pair.thread.sp = cgreenthreads_prepare(stack + STACK_SIZE, counting_entry, &pair);
  double begin = now();
  for (int round = 0; round < SWITCH_ROUNDS; round++) {
    SWITCH(pair.main, pair.thread);
  }
  double each = (now() - begin) / (2.0 * SWITCH_ROUNDS);
  EXPECT(pair.count == SWITCH_ROUNDS, "%" PRIu64 " switches arrived", pair.count);
  printf("ns_per_switch %.2f\n", each);
}

/// Half of the switches find that there is nothing to take off.
static void test_no_accesses(void) {
  struct pair pair = {0};
  pair.thread.sp = cgreenthreads_prepare(stack + STACK_SIZE, counting_entry, &pair);
  accesses_in_progress = 0;
  uint64_t taken_off_before = taken_off;
  for (int round = 0; round < REGISTER_ROUNDS; round++) {
    SWITCH(pair.main, pair.thread);
  }
  accesses_in_progress = 1;
  EXPECT(pair.count == REGISTER_ROUNDS, "%" PRIu64 " switches arrived", pair.count);
  EXPECT(taken_off == taken_off_before, "the runtime was called without a reason");
}

int main(void) {
  test_entry();
  test_backtrace();
  test_registers();
  test_inherited_modes();
  test_many_switches();
  test_no_accesses();
#if defined(SWITCH_THREADS)
  EXPECT(taken_off > 2 * SWITCH_ROUNDS, "taken off %" PRIu64 " times", taken_off);
  EXPECT(put_back > SWITCH_ROUNDS / 2, "put back %" PRIu64 " times", put_back);
#else
  EXPECT(taken_off == 0 && put_back == 0, "the plain switch touched accesses");
#endif
  printf(failures == 0 ? "switch: passed\n" : "switch: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
