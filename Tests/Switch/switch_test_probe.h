// What the test of the switch needs of each processor.
#pragma once

#include <stdint.h>

#if defined(__x86_64__)
enum { SWITCH_TEST_REGISTERS = 8, SWITCH_TEST_FIRST_MODE = 6 };
static const char *const switch_test_names[] = {
    "rbx", "rbp", "r12", "r13", "r14", "r15", "mxcsr", "x87 control word"};
#elif defined(__aarch64__)
enum { SWITCH_TEST_REGISTERS = 20, SWITCH_TEST_FIRST_MODE = 19 };
static const char *const switch_test_names[] = {
    "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
    "x29", "d8",  "d9",  "d10", "d11", "d12", "d13", "d14", "d15", "fpcr"};
#endif

/// What `switch_test_entry` found in the registers when it was entered.
struct switch_test_entry_state {
  uint64_t argument;
  uint64_t aligned_sp;  // the stack pointer before the call that entered it
  uint64_t frame_pointer;
  uint64_t modes[2];
};
extern struct switch_test_entry_state switch_test_entry_state;

/// An entry function that records its registers and calls `switch_test_entered`.
void switch_test_entry(void *argument);
void switch_test_entered(void *argument);

/// Fills every callee-saved register from `before`, switches, and stores them all in `after`.
void switch_test_probe(void *save, void *load, const uint64_t *before, uint64_t *after);
/// The same at another place: the switch may return in one way to where it was called from last,
/// and in another to elsewhere.
void switch_test_other_probe(void *save, void *load, const uint64_t *before, uint64_t *after);

/// A value that register `index` can hold: modes have few valid bits, and none of them may
/// unmask an exception.
static inline uint64_t switch_test_valid(int index, uint64_t random) {
#if defined(__x86_64__)
  if (index == 6) return 0x1f80 | (random & 0xe000);  // rounding, flush to zero
  if (index == 7) return 0x007f | (random & 0x0c00) | (random & 1 ? 0x0300 : 0x0200);
#elif defined(__aarch64__)
  if (index == 19) return random & 0x03c00000;  // rounding, flush to zero, default NaN
#endif
  return random;
}

/// Stores the floating-point modes, at the indexes that they have in `switch_test_names`.
static inline void switch_test_read_modes(uint64_t *registers) {
#if defined(__x86_64__)
  uint32_t mxcsr;
  uint16_t control;
  __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(control));
  registers[6] = mxcsr & ~0x3fu;  // without the sticky flags
  registers[7] = control;
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, fpcr" : "=r"(registers[19]));
#endif
}

/// Loads the floating-point modes from where `switch_test_read_modes` stores them.
static inline void switch_test_write_modes(const uint64_t *registers) {
#if defined(__x86_64__)
  uint32_t mxcsr = (uint32_t)registers[6];
  uint16_t control = (uint16_t)registers[7];
  __asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(control));
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(registers[19]));
#endif
}
