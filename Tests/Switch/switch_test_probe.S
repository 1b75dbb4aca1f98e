// The parts of the test of the switch that no compiler may touch: C cannot say what is in a
// callee-saved register.

  .globl switch_test_entry_state
  .comm switch_test_entry_state, 40, 16

  .text

#if defined(SWITCH_THREADS)
#define SWITCH cgreenthreads_switch_threads
#else
#define SWITCH cgreenthreads_switch
#endif

#if defined(__x86_64__)

// void switch_test_probe(void **save /* rdi */, void *load /* rsi */,
//                        const uint64_t *before /* rdx */, uint64_t *after /* rcx */)
  .macro probe name
  .globl \name
  .type \name, @function
\name:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushq %rcx
  subq $16, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq (%rdx), %rbx
  movq 8(%rdx), %rbp
  movq 16(%rdx), %r12
  movq 24(%rdx), %r13
  movq 32(%rdx), %r14
  movq 40(%rdx), %r15
  ldmxcsr 48(%rdx)
  fldcw 56(%rdx)
  leaq accesses_in_progress(%rip), %rdx
  call SWITCH
  movq 16(%rsp), %rcx
  movq %rbx, (%rcx)
  movq %rbp, 8(%rcx)
  movq %r12, 16(%rcx)
  movq %r13, 24(%rcx)
  movq %r14, 32(%rcx)
  movq %r15, 40(%rcx)
  movq $0, 48(%rcx)
  stmxcsr 48(%rcx)
  movq $0, 56(%rcx)
  fnstcw 56(%rcx)
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $16, %rsp
  popq %rcx
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size \name, . - \name
  .endm
  probe switch_test_probe
  probe switch_test_other_probe

  .globl switch_test_entry
  .type switch_test_entry, @function
switch_test_entry:
  leaq switch_test_entry_state(%rip), %rax
  movq %rdi, (%rax)
  leaq 8(%rsp), %rdx
  movq %rdx, 8(%rax)
  movq %rbp, 16(%rax)
  movq $0, 24(%rax)
  stmxcsr 24(%rax)
  andq $-64, 24(%rax)
  movq $0, 32(%rax)
  fnstcw 32(%rax)
  jmp switch_test_entered
  .size switch_test_entry, . - switch_test_entry

#elif defined(__aarch64__)

// void switch_test_probe(void **save /* x0 */, void *load /* x1 */,
//                        const uint64_t *before /* x2 */, uint64_t *after /* x3 */)
  .macro probe name
  .globl \name
  .type \name, %function
\name:
  hint #34                      // bti c
  sub sp, sp, #192
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mrs x9, fpcr
  stp x9, x3, [sp, #160]
  ldp x19, x20, [x2, #0]
  ldp x21, x22, [x2, #16]
  ldp x23, x24, [x2, #32]
  ldp x25, x26, [x2, #48]
  ldp x27, x28, [x2, #64]
  ldr x29, [x2, #80]
  ldp d8, d9, [x2, #88]
  ldp d10, d11, [x2, #104]
  ldp d12, d13, [x2, #120]
  ldp d14, d15, [x2, #136]
  ldr x9, [x2, #152]
  msr fpcr, x9
  adrp x2, accesses_in_progress
  add x2, x2, :lo12:accesses_in_progress
  bl SWITCH
  ldr x3, [sp, #168]
  stp x19, x20, [x3, #0]
  stp x21, x22, [x3, #16]
  stp x23, x24, [x3, #32]
  stp x25, x26, [x3, #48]
  stp x27, x28, [x3, #64]
  str x29, [x3, #80]
  stp d8, d9, [x3, #88]
  stp d10, d11, [x3, #104]
  stp d12, d13, [x3, #120]
  stp d14, d15, [x3, #136]
  mrs x9, fpcr
  str x9, [x3, #152]
  ldr x9, [sp, #160]
  msr fpcr, x9
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #192
  ret
  .size \name, . - \name
  .endm
  probe switch_test_probe
  probe switch_test_other_probe

  .globl switch_test_entry
  .type switch_test_entry, %function
switch_test_entry:
  hint #34                      // bti c
  adrp x9, switch_test_entry_state
  add x9, x9, :lo12:switch_test_entry_state
  str x0, [x9, #0]
  mov x10, sp
  str x10, [x9, #8]
  str x29, [x9, #16]
  mrs x10, fpcr
  str x10, [x9, #24]
  b switch_test_entered
  .size switch_test_entry, . - switch_test_entry

#endif

  .section .note.GNU-stack, "", %progbits
