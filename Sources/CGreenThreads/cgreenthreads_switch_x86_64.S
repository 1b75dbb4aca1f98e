// The switch for x86-64 (System V ABI).
//
// A green thread that does not run is its stack pointer and nothing else. Below that pointer's
// address lies what the switch pushed:
//
//        high  | caller's frame of the switch ...            |
//              | return address into that caller             |
//              | rbp                                         |
//              | rbx                                         |
//              | r12                                         |
//              | r13                                         |
//              | r14                                         |
//              | r15                                         |
//   saved  ->  | mxcsr (4 bytes) | x87 control word (4 bytes)|  low
//
// The registers are those that the ABI lets a callee rely on; everything else the caller has saved
// already, because for it the switch is an ordinary call.
//
// There are two ways in. `cgreenthreads_switch` only swaps stacks. `cgreenthreads_switch_threads`
// is what a scheduler uses: it also takes Swift's list of accesses in progress off, and puts the
// other green thread's back. Doing it here, behind the registers that are saved anyway, leaves a
// single `ret` between the switch and the user's call. Nearly always both lists are empty, which
// two comparisons tell.
//
// The processor predicts a `ret` from its stack of calls, whose top is the call by which the other
// green thread came here. So between two at the same call site the switch leaves by `ret`: it is
// predicted, and so are the returns above it (with three frames 4.9 ns, and 22.9 by a jump, which
// leaves that stack off by one). Between two call sites the `ret` would be mispredicted, always: a
// jump is predicted by where earlier ones have led. `cgreenthreads_switch` always returns.

#if defined(__x86_64__)

  .text
  .p2align 4
  .globl cgreenthreads_switch
  .type cgreenthreads_switch, @function
  .hidden cgreenthreads_switch
// void cgreenthreads_switch(void **save /* rdi */, void *load /* rsi */)
cgreenthreads_switch:
  .cfi_startproc
  endbr64
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)

  movq %rsp, (%rdi)
  movq %rsp, %rdx
  movq %rsi, %rsp

  // The control words hardly ever differ, and loading them is dear: compare first.
  movl (%rsp), %eax
  movzwl 4(%rsp), %ecx
  cmpl (%rdx), %eax
  jne .Lload_mxcsr
.Lmxcsr_done:
  cmpw 4(%rdx), %cx
  jne .Lload_x87
.Lx87_done:
  .cfi_remember_state
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  ret
  .cfi_restore_state
.Lload_mxcsr:
  ldmxcsr (%rsp)
  jmp .Lmxcsr_done
.Lload_x87:
  fldcw 4(%rsp)
  jmp .Lx87_done
  .cfi_endproc
  .size cgreenthreads_switch, . - cgreenthreads_switch

// What a record begins with; Swift checks it against its own layout.
#define STACK_POINTER(record) (record)
#define ACCESSES(record) 16(record)

  .weak swift_task_exitThreadLocalContext
  .weak swift_task_enterThreadLocalContext

  .p2align 4
  .globl cgreenthreads_switch_threads
  .type cgreenthreads_switch_threads, @function
  .hidden cgreenthreads_switch_threads
// void cgreenthreads_switch_threads(void *from /* rdi */, void *to /* rsi */,
//                                   const uintptr_t *accesses /* rdx */)
cgreenthreads_switch_threads:
  .cfi_startproc
  endbr64
  pushq %rbp
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbp, 0
  pushq %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  pushq %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  pushq %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  pushq %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  pushq %r15
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r15, 0
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  cmpq $0, (%rdx)
  jne .Ltake_off
.Ltaken_off:
  movq %rsp, STACK_POINTER(%rdi)
  movq %rsp, %rdx
.Lresume:
  // rdx: the control words now in force; rsi: the record of who continues.
  movq STACK_POINTER(%rsi), %rsp
  cmpq $0, ACCESSES(%rsi)
  jne .Lput_back
  movl (%rsp), %eax
  movzwl 4(%rsp), %ecx
  cmpl (%rdx), %eax
  jne .Lload_words
  cmpw 4(%rdx), %cx
  jne .Lload_words
.Lleave:
  // At 56 of both: where they go on.
  movq 56(%rsp), %rax
  cmpq 56(%rdx), %rax
  .cfi_remember_state
  jne .Lleave_by_jump
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r15
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r15
  popq %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  popq %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  popq %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  popq %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  popq %rbp
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbp
  ret
  .cfi_restore_state
  .cfi_remember_state
.Lleave_by_jump:
  movq 8(%rsp), %r15
  movq 16(%rsp), %r14
  movq 24(%rsp), %r13
  movq 32(%rsp), %r12
  movq 40(%rsp), %rbx
  movq 48(%rsp), %rbp
  addq $64, %rsp
  .cfi_def_cfa %rsp, 0
  .cfi_register %rip, %rax
  .cfi_restore %r15
  .cfi_restore %r14
  .cfi_restore %r13
  .cfi_restore %r12
  .cfi_restore %rbx
  .cfi_restore %rbp
  notrack jmpq *%rax
  .cfi_restore_state
.Ltake_off:
  movq %rdi, %rbx
  movq %rsi, %r12
  leaq ACCESSES(%rdi), %rdi
  callq *swift_task_exitThreadLocalContext@GOTPCREL(%rip)
  movq %rbx, %rdi
  movq %r12, %rsi
  jmp .Ltaken_off
.Lput_back:
  movq %rdx, %rbx
  leaq ACCESSES(%rsi), %rdi
  callq *swift_task_enterThreadLocalContext@GOTPCREL(%rip)
  movq %rbx, %rdx
.Lload_words:
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  jmp .Lleave
  .cfi_endproc
  .size cgreenthreads_switch_threads, . - cgreenthreads_switch_threads

  .p2align 4
  .globl cgreenthreads_leave_for
  .type cgreenthreads_leave_for, @function
  .hidden cgreenthreads_leave_for
// void cgreenthreads_leave_for(void *to /* rdi */): never returns
cgreenthreads_leave_for:
  .cfi_startproc
  .cfi_undefined %rip
  endbr64
  pushq $0                   // where a return address would stand: nobody's, so that it jumps
  subq $56, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, %rdx
  movq %rdi, %rsi
  jmp .Lresume
  .cfi_endproc
  .size cgreenthreads_leave_for, . - cgreenthreads_leave_for

// The first frame of every green thread. The first switch to a new stack returns here with the
// entry function in r12 and its argument in r13. The zero in rbp ends frame-pointer walks, the
// undefined return address ends those that read the unwind tables.
  .p2align 4
  .type cgreenthreads_start, @function
cgreenthreads_start:
  .cfi_startproc
  .cfi_undefined %rip
  endbr64
  movq %r13, %rdi
  callq *%r12
  ud2
  .cfi_endproc
  .size cgreenthreads_start, . - cgreenthreads_start

// void *cgreenthreads_prepare(void *top /* rdi */, void (*entry)(void *) /* rsi */,
//                             void *argument /* rdx */)
  .p2align 4
  .globl cgreenthreads_prepare
  .type cgreenthreads_prepare, @function
  .hidden cgreenthreads_prepare
cgreenthreads_prepare:
  .cfi_startproc
  endbr64
  andq $-16, %rdi
  leaq cgreenthreads_start(%rip), %rax
  movq $0, -8(%rdi)          // where a return address would stand: end of the chain
  movq $0, -16(%rdi)         // keeps the stack 16-byte aligned at the call in start
  movq %rax, -24(%rdi)       // where the first switch returns to
  movq $0, -32(%rdi)         // rbp
  movq $0, -40(%rdi)         // rbx
  movq %rsi, -48(%rdi)       // r12: entry
  movq %rdx, -56(%rdi)       // r13: argument
  movq $0, -64(%rdi)         // r14
  movq $0, -72(%rdi)         // r15
  stmxcsr -80(%rdi)          // the control words of whoever starts it
  movl $0, -76(%rdi)
  fnstcw -76(%rdi)
  leaq -80(%rdi), %rax
  ret
  .cfi_endproc
  .size cgreenthreads_prepare, . - cgreenthreads_prepare

#endif

  .section .note.GNU-stack, "", @progbits
