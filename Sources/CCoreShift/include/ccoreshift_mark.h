// A mark that tells the process that made it from its forked children.
#pragma once

#include <stddef.h>
#include <unistd.h>

// What a mark holds where the kernel wipes it for a child; else it is the maker's pid.
enum { CCORESHIFT_MARK_WIPED_FOR_CHILDREN = -1 };

// Memory of `size` bytes, of which the first four are a new mark; to be freed by its maker and by
// each forked copy. A child finds the rest empty as well. 0 or -errno.
int ccoreshift_mark_create(void **memory, size_t size);
void ccoreshift_mark_free(void *memory, size_t size);

// Whether this process made the mark: one load, and a system call only where the kernel did not
// promise to wipe. Not for a child that shares the memory (vfork), which is its parent here.
static inline int ccoreshift_mark_is_ours(const void *memory) {
  const int *mark = memory;
  if (*mark == CCORESHIFT_MARK_WIPED_FOR_CHILDREN) return 1;
  return *mark != 0 && *mark == getpid();
}
