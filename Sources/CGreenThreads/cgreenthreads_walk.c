// Stack traces: frame pointers followed within a stack's bounds.
#include "CGreenThreads.h"

// Where the switch left the frame pointer and the return address (see the assembly's picture).
#if defined(__x86_64__)
enum { SAVED_FRAME = 56 - 8, SAVED_RETURN = 64 - 8 };
#else
enum { SAVED_FRAME = 144, SAVED_RETURN = 152 };
#endif

// Code that keeps no frame pointers leaves anything in the register, so a frame counts only if it
// lies within the stack and above the one before. The stack of another is no business of the
// sanitizers.
#define UNCHECKED __attribute__((no_sanitize("address", "thread"), noinline))

UNCHECKED size_t cgreenthreads_walk(uintptr_t pc, uintptr_t frame, const void *bottom,
                                    const void *top, uintptr_t *addresses, size_t capacity) {
  size_t count = 0;
  uintptr_t low = (uintptr_t)bottom, high = (uintptr_t)top;
  if (pc && count < capacity) addresses[count++] = pc;
  while (count < capacity && frame >= low && frame % sizeof frame == 0 &&
         frame + 2 * sizeof frame <= high) {
    const uintptr_t *words = (const uintptr_t *)frame;
    if (!words[1]) break;
    addresses[count++] = words[1];
    low = frame + 2 * sizeof frame;
    frame = words[0];
  }
  return count;
}

UNCHECKED size_t cgreenthreads_walk_saved(const void *stack_pointer, const void *bottom,
                                          const void *top, uintptr_t *addresses,
                                          size_t capacity) {
  const char *saved = stack_pointer;
  if (saved < (const char *)bottom || saved + SAVED_RETURN + 8 > (const char *)top) return 0;
  uintptr_t frame = *(const uintptr_t *)(saved + SAVED_FRAME);
  uintptr_t pc = *(const uintptr_t *)(saved + SAVED_RETURN);
  return cgreenthreads_walk(pc, frame, saved, top, addresses, capacity);
}

UNCHECKED size_t cgreenthreads_walk_own(const void *bottom, const void *top,
                                        uintptr_t *addresses, size_t capacity) {
  return cgreenthreads_walk(0, (uintptr_t)__builtin_frame_address(0), bottom, top, addresses,
                            capacity);
}
