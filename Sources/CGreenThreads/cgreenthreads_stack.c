#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

intptr_t cgreenthreads_reserve(size_t size) {
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return -errno;
  // A huge page under a stack would make one touched page cost 2 MiB. A kernel without huge pages
  // answers EINVAL, which is as good.
  madvise(base, size, MADV_NOHUGEPAGE);
  return (intptr_t)base;
}

int cgreenthreads_unmap(void *address, size_t size) {
  return munmap(address, size) ? -errno : 0;
}

int cgreenthreads_guard(void *address, size_t size, bool light) {
  int failed = light ? madvise(address, size, MADV_GUARD_INSTALL)
                     : mprotect(address, size, PROT_NONE);
  return failed ? -errno : 0;
}

int cgreenthreads_trim(void *address, size_t size) {
  return madvise(address, size, MADV_DONTNEED) ? -errno : 0;
}

size_t cgreenthreads_main_stack_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY) return 8 << 20;
  return limit.rlim_cur;
}

void cgreenthreads_own_stack(const void **bottom, size_t *size) {
  pthread_attr_t attributes;
  void *lowest = NULL;
  *bottom = NULL;
  *size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes)) return;
  if (!pthread_attr_getstack(&attributes, &lowest, size)) *bottom = lowest;
  pthread_attr_destroy(&attributes);
}
