#pragma once

#include "include/ccoreshift_spawn.h"

/// What the child reads and writes. It lives in the parent's memory, which the child shares.
struct ccoreshift_spawn_child {
  const struct ccoreshift_spawn_request *request;
  /// Bit n - 1 for signal n: what is not at its default yet.
  uint64_t signals_to_reset;
  /// Written by a child that could not execute.
  volatile int32_t failed_step;
  volatile int32_t failed_descriptor;
  volatile int32_t error;
};

/// The way from clone to exec. Never returns.
_Noreturn void ccoreshift_spawn_child_main(struct ccoreshift_spawn_child *child);

// Sorts mappings by target, refuses duplicates and negatives, and marks the sources that a
// target would overwrite. Runs in the parent, so that the child need not.
int ccoreshift_spawn_prepare(struct ccoreshift_spawn_mapping *mappings, uint32_t count);

// Moves a descriptor above 2, or closes it and returns -errno. Numbers 0 to 2 are free only in a
// parent that has closed them; what the library keeps there would be taken for a standard stream
// by the next spawn that inherits one.
int ccoreshift_spawn_raise(int descriptor);

// Whether `number` is a target of the sorted mappings.
static inline bool ccoreshift_spawn_is_target(const struct ccoreshift_spawn_request *request,
                                              int32_t number) {
  uint32_t low = 0, high = request->mapping_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (request->mappings[middle].target == number) return true;
    if (request->mappings[middle].target < number) low = middle + 1;
    else high = middle;
  }
  return false;
}
