// System calls without the C library: no errno, no cancellation point, no lock, no symbol to bind
// lazily; the result, or -errno. Inline, so that no frame lies between the kernel and the caller: a
// processor may have forgotten where to return to when it comes out of the kernel, and every
// further return is mispredicted then. Always: an optimizer that sees many callers makes a function
// of it.
#pragma once

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

__attribute__((always_inline)) CCORESHIFT_BARE static inline long ccoreshift_syscall6(
  long number, long a, long b, long c, long d, long e, long f) {
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
