// Pages of its own, which MADV_WIPEONFORK lets a child find full of zeros. pthread_atfork would
// be for ever and for the whole process, and would miss a clone that libc does not see.
#define _GNU_SOURCE
#include "ccoreshift_mark.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <sys/mman.h>

int ccoreshift_mark_create(void **memory, size_t size) {
  int fault = ccoreshift_fault();
  if (fault < 0) return fault;
  int *mark = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mark == MAP_FAILED) return -errno;
  // Sandboxes that play Linux do not all know the advice: there the pid is compared.
  int wiped = CCORESHIFT_FALLIBLE(madvise(mark, size, MADV_WIPEONFORK)) == 0;
  *mark = wiped ? CCORESHIFT_MARK_WIPED_FOR_CHILDREN : getpid();
  *memory = mark;
  return 0;
}

void ccoreshift_mark_free(void *memory, size_t size) { munmap(memory, size); }
