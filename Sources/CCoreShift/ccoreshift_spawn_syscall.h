#pragma once

// System calls without the C library: no errno (the child shares the parent's thread-local
// storage), no cancellation point, no lock, no symbol to bind lazily.

#include <stddef.h>
#include <sys/syscall.h>

// No instrumentation may run in the child: a sanitizer's runtime takes locks and owns shadow
// memory, and the stack protector's failure path prints.
#if defined(__clang__)
#define CCORESHIFT_BARE                                                                        \
  __attribute__((disable_sanitizer_instrumentation, no_profile_instrument_function,          \
                   no_sanitize("address", "thread", "undefined"), no_stack_protector))
#else
#define CCORESHIFT_BARE                                                                        \
  __attribute__((no_sanitize("address", "thread", "undefined"), no_stack_protector))
#endif

CCORESHIFT_BARE static inline long ccoreshift_syscall6(long number, long a, long b, long c, long d,
                                                       long e, long f) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
  return x0;
#else
#error "spawning is written for x86-64 and AArch64"
#endif
}

CCORESHIFT_BARE static inline long ccoreshift_syscall4(long number, long a, long b, long c,
                                                       long d) {
  return ccoreshift_syscall6(number, a, b, c, d, 0, 0);
}

// The kernel's own layout, which differs from the C library's; the same on both processors.
struct ccoreshift_kernel_sigaction {
  void *handler;
  unsigned long flags;
  void *restorer;
  unsigned long mask;
};

enum { CCORESHIFT_KERNEL_SIGSET_SIZE = 8, CCORESHIFT_LAST_SIGNAL = 64 };
