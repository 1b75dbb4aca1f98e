// What keeping Swift's task-locals apart needs of the Swift runtime and of the loader.
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

/// Whether this Swift runtime binds task-locals by the functions that are called below.
bool cgreenthreads_has_task_locals(void);

/// Binds, for the calling OS thread, the task-local whose object is `key` to the value at `value`,
/// which is moved out of there. `type` is the value's Swift type.
void cgreenthreads_push_task_local(const void *key, void *value, const void *type);

/// Ends the last binding.
void cgreenthreads_pop_task_local(void);

/// The calling OS thread's thread-local variables in the library that binds task-locals, as `count`
/// words; NULL when it has none, or none yet.
uintptr_t *_Nullable cgreenthreads_task_local_block(size_t *count);

/// Reads the word at `address`, which can be anything; false when there is none.
bool cgreenthreads_read_word(uintptr_t address, uintptr_t *word);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif
