// What reports need: stacks walked, addresses named, OS threads started, held and looked at.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

// --- Stacks ---

/// Follows the frame pointers of a green thread that does not run, from the stack pointer that its
/// switch saved; reads only [bottom, top). The result is how many return addresses were written.
size_t cgreenthreads_walk_saved(const void *stack_pointer, const void *bottom, const void *top,
                                uintptr_t *addresses, size_t capacity);

/// The same from a frame pointer on; `pc` comes first unless it is 0.
size_t cgreenthreads_walk(uintptr_t pc, uintptr_t frame, const void *bottom, const void *top,
                          uintptr_t *addresses, size_t capacity);

/// The caller's own stack.
size_t cgreenthreads_walk_own(const void *bottom, const void *top, uintptr_t *addresses,
                              size_t capacity);

/// Writes the name of the function at `address`, demangled if it is Swift's, or nothing, and says
/// which file it is in and how far from that file's beginning. The result is the name's length;
/// `image` is valid until that file is unloaded.
size_t cgreenthreads_name_symbol(uintptr_t address, char *name, size_t capacity,
                                 const char *_Nullable *_Nonnull image, uintptr_t *offset);

// --- OS threads ---

/// Starts an OS thread with all signals blocked; *thread is what `join` takes.
int cgreenthreads_start_thread(uintptr_t *thread, const char *name,
                               void (*body)(void *), void *argument);
void cgreenthreads_join_thread(uintptr_t thread);
/// The same within a time: 0 when it has ended and is gone, else -ETIMEDOUT.
int cgreenthreads_join_thread_for(uintptr_t thread, int64_t nanoseconds);
/// Instead of a join: whatever it holds goes with its end, for which nobody waits.
void cgreenthreads_detach_thread(uintptr_t thread);

/// The number that the kernel gives the calling OS thread.
int32_t cgreenthreads_thread_identifier(void);

/// Like `cgreenthreads_futex_wait`, for at most so long.
void cgreenthreads_futex_wait_for(const uint32_t *word, uint32_t expected, int64_t nanoseconds);

/// Reads a word that another OS thread writes without a lock: for watching, not for deciding.
uint64_t cgreenthreads_peek(const void *word);
uint32_t cgreenthreads_peek_half(const void *word);

/// Reads a word that is another OS thread's if it is stale, which its value tells: never equal to
/// one that was good here. ThreadSanitizer cannot know that.
static inline __attribute__((no_sanitize("thread"))) uint64_t cgreenthreads_peek_stale(
    const uint64_t *word) {
  return *(const volatile uint64_t *)word;
}

// --- Another OS thread, held ---

/// Where an OS thread was when it was stopped.
struct cgreenthreads_held {
  uintptr_t pc, frame, stack_pointer;
};

/// Stops the OS thread `identifier` of this process wherever it is, by a signal (SIGURG, which does
/// nothing by default), so that its memory can be read. One at a time in a process; -ETIMEDOUT when
/// it has not stopped in time, or blocks the signal. Must be followed by `let_go`, within a second:
/// a thread that is held for longer goes on by itself.
int cgreenthreads_hold(int32_t identifier, int64_t nanoseconds, struct cgreenthreads_held *held);

/// Unblocks SIGURG on the calling OS thread, so that it can be held; says whether it was blocked.
bool cgreenthreads_accept_hold(void);
/// Blocks SIGURG on the calling OS thread, as it was before.
void cgreenthreads_refuse_hold(void);

/// False when it had gone on by itself, so that what has been read may be torn.
bool cgreenthreads_let_go(void);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
