// Thread-local state and the notes for AddressSanitizer.
#include "CGreenThreads.h"

__thread void *cgreenthreads_scheduler;

void cgreenthreads_note_leaving(void **save, const void *bottom, size_t size) {
  if (__sanitizer_start_switch_fiber) __sanitizer_start_switch_fiber(save, bottom, size);
}

void cgreenthreads_note_arrived(void *save) {
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(save, NULL, NULL);
}
