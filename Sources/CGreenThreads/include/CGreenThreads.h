// What the scheduler needs and Swift cannot say: the switch, stack memory, the thread-local
// "current scheduler", the overflow handler, and notes for the runtime and the sanitizers.
// Functions that can fail return -errno. Imported by GreenThreads/Threads only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgreenthreads_inspection.h"
#include "cgreenthreads_task_locals.h"

#if defined(__clang__)
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

// --- The switch (one .S file for each processor) ---

/// Saves the caller's registers on its stack and the stack pointer in *save, then continues where
/// `load` was saved. Returns when somebody switches back to *save.
void cgreenthreads_switch(void *_Nullable *_Nonnull save, void *load);

/// The same for two green threads' records, which begin with the saved stack pointer and have, 16
/// bytes in, two words for Swift's accesses in progress: takes those of `from` off this OS thread,
/// unless the word at `accesses` is zero, and puts those of `to` back, if there are any. Needs
/// `cgreenthreads_has_access_lists()`.
void cgreenthreads_switch_threads(void *from, void *to, const uintptr_t *accesses);

/// Continues the green thread of a record, and forgets the calling stack.
void cgreenthreads_leave_for(void *to) __attribute__((noreturn));

/// Writes the first frame of a new stack below `top`; the result is what the first switch loads.
void *cgreenthreads_prepare(void *top, void (*entry)(void *_Nullable), void *_Nullable argument);

/// Asks for the cache lines at the saved stack pointer of somebody who will run soon.
static inline void cgreenthreads_prefetch(const void *_Nullable address) {
  __builtin_prefetch(address, 1);
}

/// Where the caller's frame is.
__attribute__((always_inline)) static inline void *_Nullable cgreenthreads_frame(void) {
  return __builtin_frame_address(0);
}

// --- The scheduler of this OS thread ---

extern __thread void *_Nullable cgreenthreads_scheduler;

static inline void *_Nullable cgreenthreads_current_scheduler(void) {
  return cgreenthreads_scheduler;
}

static inline void cgreenthreads_set_current_scheduler(void *_Nullable scheduler) {
  cgreenthreads_scheduler = scheduler;
}

// --- Swift's exclusivity checker ---

// The checker keeps the accesses in progress in a thread-local list whose nodes lie on the stack.
// This pair, which Swift's own tasks use, takes the list off the thread and puts it back. Weak: a
// runtime without them has no such list.
extern void swift_task_exitThreadLocalContext(void *state) __attribute__((weak));
extern void swift_task_enterThreadLocalContext(void *state) __attribute__((weak));

static inline bool cgreenthreads_has_access_lists(void) {
  return swift_task_exitThreadLocalContext && swift_task_enterThreadLocalContext;
}

/// Where this OS thread keeps the head of its list: a word that is zero while no access is in
/// progress, so that a switch can see that there is nothing to take off. NULL where the word cannot
/// be told for certain.
const uintptr_t *_Nullable cgreenthreads_find_accesses(void);

/// A word that is never zero, for where the list can only be asked for by a call.
const uintptr_t *cgreenthreads_unknown_accesses(void);

static inline void cgreenthreads_take_off_accesses(void *state) {
  swift_task_exitThreadLocalContext(state);
}

static inline void cgreenthreads_put_back_accesses(void *state) {
  swift_task_enterThreadLocalContext(state);
}

/// The Swift task whose job runs on this OS thread, if any.
extern void *_Nullable swift_task_getCurrent(void) __attribute__((weak));

static inline void *_Nullable cgreenthreads_current_task(void) {
  return swift_task_getCurrent ? swift_task_getCurrent() : NULL;
}

// --- Sanitizers ---

// AddressSanitizer keeps the bounds of the stack it is on. Weak: in a build without it these are
// null, and the notes cost a load and a predicted branch.
extern void __sanitizer_start_switch_fiber(
    void *_Nullable *_Nullable save, const void *_Nullable bottom, size_t size)
    __attribute__((weak));
extern void __sanitizer_finish_switch_fiber(
    void *_Nullable save, const void *_Nullable *_Nullable bottom, size_t *_Nullable size)
    __attribute__((weak));

static inline bool cgreenthreads_is_address_sanitized(void) {
  return __sanitizer_start_switch_fiber != NULL;
}

// ThreadSanitizer keeps a stack of calls for each "fiber". Weak, as above.
extern void *_Nullable __tsan_get_current_fiber(void) __attribute__((weak));
extern void *_Nullable __tsan_create_fiber(unsigned flags) __attribute__((weak));
extern void __tsan_destroy_fiber(void *fiber) __attribute__((weak));
extern void __tsan_switch_to_fiber(void *fiber, unsigned flags) __attribute__((weak));

static inline bool cgreenthreads_is_thread_sanitized(void) {
  return __tsan_switch_to_fiber != NULL;
}

/// Switches like cgreenthreads_switch, to the stack that belongs to `fiber`.
void cgreenthreads_switch_fiber(void *_Nullable *_Nonnull save, void *load, void *_Nullable fiber);

/// The fiber that runs; a new one; the end of one that does not run. Null without the sanitizer.
void *_Nullable cgreenthreads_current_fiber(void);
void *_Nullable cgreenthreads_make_fiber(void);
void cgreenthreads_end_fiber(void *_Nullable fiber);

void cgreenthreads_note_leaving(void *_Nullable *_Nullable save, const void *bottom, size_t size);
void cgreenthreads_note_arrived(void *_Nullable save);

/// Switches like cgreenthreads_switch, away from a stack that nobody will come back to and whose
/// highest address is `own_top`.
void cgreenthreads_leave_for_good(void *_Nullable *_Nonnull save, void *load, const void *bottom,
                                  size_t size, const void *own_top);

/// The bounds of the calling OS thread's own stack.
void cgreenthreads_own_stack(const void *_Nullable *_Nonnull bottom, size_t *size);

// --- Stack memory ---

/// Reserves `size` bytes of address space, without huge pages; a negative result is -errno.
intptr_t cgreenthreads_reserve(size_t size);

/// Gives `size` bytes at `address` back to the kernel for good.
int cgreenthreads_unmap(void *address, size_t size);

/// Makes [address, address + size) fault on access. `light` uses MADV_GUARD_INSTALL (kernel 6.13),
/// which splits no mapping; else mprotect, which costs two mappings a stack.
int cgreenthreads_guard(void *address, size_t size, bool light);

/// How many stacks one call below can take.
enum { CGREENTHREADS_LARGEST_BATCH = 64 };

/// Guards the low end of `count` adjacent stacks of `stride` bytes, and brings in the highest page
/// of each: two system calls in place of two for each stack, one of them a page fault. False when
/// the kernel cannot (before 6.15); then some may be guarded and some not.
bool cgreenthreads_guard_batch(void *stacks, size_t stride, size_t count, size_t guard_size);

/// Asks for huge pages in a reservation that will be used from end to end.
void cgreenthreads_prefer_huge_pages(void *address, size_t size);

/// Frees the pages of [offset, offset + size) in each of at most CGREENTHREADS_LARGEST_BATCH
/// stacks, and keeps the address space. `at_once` tries it with one system call.
void cgreenthreads_trim_batch(void *_Nonnull const *_Nonnull stacks, size_t count, size_t offset,
                              size_t size, bool at_once);

/// The soft limit of the main thread's stack in bytes; 8 MiB when there is none.
size_t cgreenthreads_main_stack_limit(void);

// --- Stack overflow ---

/// What the overflow handler reads of a green thread: fixed layout, plain bytes, valid at any
/// instant, because the handler runs in the middle of anything.
struct cgreenthreads_label {
  void *_Nullable stack;       // lowest address of the reservation, which begins with the guard
  const char *_Nullable file;  // terminated
  uint32_t line;
  uint8_t stack_shift;         // base-two logarithm of the size of the whole reservation
  uint8_t name_length;         // 0: it has no name
  char name[48];               // UTF-8, not terminated
};

/// Installs the handler for this process, once, and an alternate signal stack for this OS thread if
/// it has none. `label_offset` is where the label lies in what the first word of the scheduler
/// points to, `guard_size` how much of a reservation is guard.
int cgreenthreads_watch_overflow(size_t label_offset, size_t guard_size);

/// Removes the alternate signal stack that the call above gave to this OS thread.
void cgreenthreads_unwatch_overflow(void);

// --- Clock, and sleeping until another OS thread calls ---

/// CLOCK_MONOTONIC in nanoseconds.
int64_t cgreenthreads_monotonic_now(void);

/// CLOCK_MONOTONIC_COARSE in nanoseconds: the same as it was at the last tick.
int64_t cgreenthreads_monotonic_recently(void);

/// Sleeps while *word == expected; returns after a wake, a signal, or at once if it differs.
void cgreenthreads_futex_wait(const uint32_t *word, uint32_t expected);
void cgreenthreads_futex_wake(const uint32_t *word);

/// The value of an environment variable, until somebody changes it; NULL when it is not set.
const char *_Nullable cgreenthreads_environment_value(const char *name);

/// Writes to standard error; what does not fit is dropped.
void cgreenthreads_print_error(const char *text, size_t length);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
