// Thread-local state and the notes for the sanitizers.
#include "CGreenThreads.h"

__thread void *cgreenthreads_scheduler;

void cgreenthreads_note_leaving(void **save, const void *bottom, size_t size) {
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(save, bottom, size);
}

extern void __asan_unpoison_memory_region(const volatile void *address, size_t size)
    __attribute__((weak));

// The note frees the sanitizer's copy of the stack at once, in which the frames of instrumented
// functions lie: from here on none may run, so this one is not, and the switch follows directly.
// The frames above never return, so what they have poisoned must be forgotten here, or the next
// owner of the stack would be accused.
__attribute__((no_sanitize("address")))
void cgreenthreads_leave_for_good(void **save, void *load, const void *bottom, size_t size,
                                  const void *own_top) {
  const char *frame = __builtin_frame_address(0);
  if (__asan_unpoison_memory_region) {
    __asan_unpoison_memory_region(frame, (size_t)((const char *)own_top - frame));
  }
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(NULL, bottom, size);
  cgreenthreads_switch(save, load);
}

// Not instrumented at all: an instrumented function would tell the sanitizer of its end after the
// fiber has changed, and so take a call from the wrong stack of calls.
__attribute__((disable_sanitizer_instrumentation))
void cgreenthreads_switch_fiber(void **save, void *load, void *fiber) {
  if (fiber && __tsan_switch_to_fiber) __tsan_switch_to_fiber(fiber, 0);
  cgreenthreads_switch(save, load);
}

void *cgreenthreads_current_fiber(void) {
  return __tsan_get_current_fiber ? __tsan_get_current_fiber() : NULL;
}

void *cgreenthreads_make_fiber(void) {
  return __tsan_create_fiber ? __tsan_create_fiber(0) : NULL;
}

void cgreenthreads_end_fiber(void *fiber) {
  if (fiber && __tsan_destroy_fiber) __tsan_destroy_fiber(fiber);
}

void cgreenthreads_note_arrived(void *save) {
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(save, NULL, NULL);
}
