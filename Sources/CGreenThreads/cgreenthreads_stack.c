#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
// The calling thread's own process, without a descriptor for it (kernel 6.15).
#ifndef PIDFD_SELF_THREAD
#define PIDFD_SELF_THREAD (-10000)
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

// The same advice for `count` ranges, one in each stack, with one call.
static long advise_all(char *address, size_t size, size_t stride, size_t count, int advice) {
  struct iovec ranges[CGREENTHREADS_LARGEST_BATCH];
  for (size_t i = 0; i < count; i++) {
    ranges[i].iov_base = address + i * stride;
    ranges[i].iov_len = size;
  }
  return syscall(SYS_process_madvise, PIDFD_SELF_THREAD, ranges, count, advice, 0);
}

bool cgreenthreads_guard_batch(void *stacks, size_t stride, size_t count, size_t guard_size) {
  if (count > CGREENTHREADS_LARGEST_BATCH) return false;
  long advised = advise_all(stacks, guard_size, stride, count, MADV_GUARD_INSTALL);
  if (advised != (long)(count * guard_size)) return false;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  // Only saves page faults: where it fails the pages come when they are touched.
  advise_all((char *)stacks + stride - page, page, stride, count, MADV_POPULATE_WRITE);
  return true;
}

void cgreenthreads_prefer_huge_pages(void *address, size_t size) {
  madvise(address, size, MADV_HUGEPAGE);
}

void cgreenthreads_trim_batch(void *const *stacks, size_t count, size_t offset, size_t size,
                              bool at_once) {
  struct iovec ranges[CGREENTHREADS_LARGEST_BATCH];
  if (count > CGREENTHREADS_LARGEST_BATCH) count = CGREENTHREADS_LARGEST_BATCH;
  for (size_t i = 0; i < count; i++) {
    ranges[i].iov_base = (char *)stacks[i] + offset;
    ranges[i].iov_len = size;
  }
  if (at_once) {
    long advised =
        syscall(SYS_process_madvise, PIDFD_SELF_THREAD, ranges, count, MADV_DONTNEED, 0);
    if (advised == (long)(count * size)) return;
  }
  for (size_t i = 0; i < count; i++) madvise(ranges[i].iov_base, size, MADV_DONTNEED);
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
