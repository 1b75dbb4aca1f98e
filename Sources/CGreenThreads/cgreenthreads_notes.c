// Thread-local state and the notes for AddressSanitizer.
#include "CGreenThreads.h"

__thread void *cgreenthreads_scheduler;

void cgreenthreads_note_leaving(void **save, const void *bottom, size_t size) {
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(save, bottom, size);
}

// The note frees the sanitizer's copy of the stack at once, in which the frames of instrumented
// functions lie: from here on none may run, so this one is not, and the switch follows directly.
__attribute__((no_sanitize("address")))
void cgreenthreads_leave_for_good(void **save, void *load, const void *bottom, size_t size) {
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(NULL, bottom, size);
  cgreenthreads_switch(save, load);
}

void cgreenthreads_note_arrived(void *save) {
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(save, NULL, NULL);
}

extern void __asan_unpoison_memory_region(const volatile void *address, size_t size)
    __attribute__((weak));

void cgreenthreads_note_new_stack(void *bottom, size_t size) {
  if (__asan_unpoison_memory_region) __asan_unpoison_memory_region(bottom, size);
}
