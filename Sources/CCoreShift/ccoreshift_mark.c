// A page of its own, which MADV_WIPEONFORK lets a child find full of zeros. pthread_atfork would
// be for ever and for the whole process, and would miss a clone that libc does not see.
#define _GNU_SOURCE
#include "ccoreshift_mark.h"

#include "ccoreshift_fault.h"

#include <errno.h>
#include <sys/mman.h>

enum { MARK_SIZE = 4096 };

int ccoreshift_mark_create(int **mark) {
  long fault = ccoreshift_fault();
  if (fault < 0) return (int)fault;
  void *page =
      mmap(NULL, MARK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return -errno;
  *mark = page;
  // Sandboxes that play Linux do not all know the advice: there the pid is compared.
  int wiped = CCORESHIFT_FALLIBLE(madvise(page, MARK_SIZE, MADV_WIPEONFORK)) == 0;
  **mark = wiped ? CCORESHIFT_MARK_WIPED_FOR_CHILDREN : getpid();
  return 0;
}

void ccoreshift_mark_free(int *mark) { munmap(mark, MARK_SIZE); }
