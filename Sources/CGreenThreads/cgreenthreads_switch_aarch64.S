// The switch for AArch64 (AAPCS64).
//
// The picture is that of the x86-64 file; what lies on the stack of a green thread that does not
// run is, from its saved pointer upwards: d8-d15, x19-x28, the frame pointer, the link register,
// the floating-point control register and eight bytes of padding. x18 belongs to the platform and
// is left alone. The switch leaves by `ret`, which the processor predicts from its stack of calls.

#if defined(__aarch64__)

#if defined(__ARM_FEATURE_BTI_DEFAULT)
#define LANDING hint #38    // bti jc: reached by `ret`, `br` or `blr`
#else
#define LANDING
#endif

  .text
  .p2align 4
  .globl cgreenthreads_switch
  .type cgreenthreads_switch, %function
  .hidden cgreenthreads_switch
// void cgreenthreads_switch(void **save /* x0 */, void *load /* x1 */)
cgreenthreads_switch:
  .cfi_startproc
  LANDING
  sub sp, sp, #176
  .cfi_def_cfa_offset 176
  stp d8, d9, [sp, #0]
  stp d10, d11, [sp, #16]
  stp d12, d13, [sp, #32]
  stp d14, d15, [sp, #48]
  stp x19, x20, [sp, #64]
  stp x21, x22, [sp, #80]
  stp x23, x24, [sp, #96]
  stp x25, x26, [sp, #112]
  stp x27, x28, [sp, #128]
  stp x29, x30, [sp, #144]
  .cfi_offset 29, -32
  .cfi_offset 30, -24
  mrs x9, fpcr
  str x9, [sp, #160]

  mov x10, sp
  str x10, [x0]
  mov sp, x1

  // Writing fpcr is dear and it hardly ever differs: compare first.
  ldr x11, [sp, #160]
  cmp x11, x9
  b.ne 2f
1:
  ldp d8, d9, [sp, #0]
  ldp d10, d11, [sp, #16]
  ldp d12, d13, [sp, #32]
  ldp d14, d15, [sp, #48]
  ldp x19, x20, [sp, #64]
  ldp x21, x22, [sp, #80]
  ldp x23, x24, [sp, #96]
  ldp x25, x26, [sp, #112]
  ldp x27, x28, [sp, #128]
  ldp x29, x30, [sp, #144]
  add sp, sp, #176
  .cfi_remember_state
  .cfi_def_cfa_offset 0
  .cfi_restore 29
  .cfi_restore 30
  ret
  .cfi_restore_state
2:
  msr fpcr, x11
  b 1b
  .cfi_endproc
  .size cgreenthreads_switch, . - cgreenthreads_switch

  .weak swift_task_exitThreadLocalContext
  .weak swift_task_enterThreadLocalContext

  .p2align 4
  .globl cgreenthreads_switch_threads
  .type cgreenthreads_switch_threads, %function
  .hidden cgreenthreads_switch_threads
// void cgreenthreads_switch_threads(void *from /* x0 */, void *to /* x1 */,
//                                   const uintptr_t *accesses /* x2 */)
// A record begins with its stack pointer; its accesses are 16 bytes in.
cgreenthreads_switch_threads:
  .cfi_startproc
  LANDING
  sub sp, sp, #176
  .cfi_def_cfa_offset 176
  stp d8, d9, [sp, #0]
  stp d10, d11, [sp, #16]
  stp d12, d13, [sp, #32]
  stp d14, d15, [sp, #48]
  stp x19, x20, [sp, #64]
  stp x21, x22, [sp, #80]
  stp x23, x24, [sp, #96]
  stp x25, x26, [sp, #112]
  stp x27, x28, [sp, #128]
  stp x29, x30, [sp, #144]
  .cfi_offset 29, -32
  .cfi_offset 30, -24
  ldr x11, [x2]
  cbnz x11, .Ltake_off
.Ltaken_off:
  mrs x9, fpcr
  str x9, [sp, #160]
  mov x10, sp
  str x10, [x0]
.Lresume:
  // x9: the control word now in force; x1: the record of who continues.
  ldr x10, [x1]
  mov sp, x10
  ldr x11, [x1, #16]
  cbnz x11, .Lput_back
.Lcontrol_word:
  ldr x11, [sp, #160]
  cmp x11, x9
  b.ne .Lload_word
.Lleave:
  ldp d8, d9, [sp, #0]
  ldp d10, d11, [sp, #16]
  ldp d12, d13, [sp, #32]
  ldp d14, d15, [sp, #48]
  ldp x19, x20, [sp, #64]
  ldp x21, x22, [sp, #80]
  ldp x23, x24, [sp, #96]
  ldp x25, x26, [sp, #112]
  ldp x27, x28, [sp, #128]
  ldp x29, x30, [sp, #144]
  add sp, sp, #176
  .cfi_remember_state
  .cfi_def_cfa_offset 0
  .cfi_restore 29
  .cfi_restore 30
  ret
  .cfi_restore_state
.Ltake_off:
  mov x19, x0
  mov x20, x1
  add x0, x0, #16
  bl swift_task_exitThreadLocalContext
  mov x0, x19
  mov x1, x20
  b .Ltaken_off
.Lput_back:
  add x0, x1, #16
  bl swift_task_enterThreadLocalContext
  mrs x9, fpcr
  b .Lcontrol_word
.Lload_word:
  msr fpcr, x11
  b .Lleave
  .cfi_endproc
  .size cgreenthreads_switch_threads, . - cgreenthreads_switch_threads

  .p2align 4
  .globl cgreenthreads_leave_for
  .type cgreenthreads_leave_for, %function
  .hidden cgreenthreads_leave_for
// void cgreenthreads_leave_for(void *to /* x0 */): never returns
cgreenthreads_leave_for:
  .cfi_startproc
  .cfi_undefined 30
  LANDING
  mov x1, x0
  mrs x9, fpcr
  b .Lresume
  .cfi_endproc
  .size cgreenthreads_leave_for, . - cgreenthreads_leave_for

// The first frame of every green thread: entry in x19, argument in x20. The zero frame pointer and
// the undefined link register end backtraces.
  .p2align 4
  .type cgreenthreads_start, %function
cgreenthreads_start:
  .cfi_startproc
  .cfi_undefined 30
  LANDING
  mov x0, x20
  blr x19
  brk #1
  .cfi_endproc
  .size cgreenthreads_start, . - cgreenthreads_start

// void *cgreenthreads_prepare(void *top /* x0 */, void (*entry)(void *) /* x1 */,
//                             void *argument /* x2 */)
  .p2align 4
  .globl cgreenthreads_prepare
  .type cgreenthreads_prepare, %function
  .hidden cgreenthreads_prepare
cgreenthreads_prepare:
  .cfi_startproc
  LANDING
  and x0, x0, #-16
  stp xzr, xzr, [x0, #-16]!     // the end of the frame chain
  sub x0, x0, #176
  stp xzr, xzr, [x0, #0]
  stp xzr, xzr, [x0, #16]
  stp xzr, xzr, [x0, #32]
  stp xzr, xzr, [x0, #48]
  stp x1, x2, [x0, #64]         // x19: entry, x20: argument
  stp xzr, xzr, [x0, #80]
  stp xzr, xzr, [x0, #96]
  stp xzr, xzr, [x0, #112]
  stp xzr, xzr, [x0, #128]
  adrp x9, cgreenthreads_start
  add x9, x9, :lo12:cgreenthreads_start
  stp xzr, x9, [x0, #144]       // frame pointer 0, where the first switch returns to
  mrs x9, fpcr
  stp x9, xzr, [x0, #160]
  ret
  .cfi_endproc
  .size cgreenthreads_prepare, . - cgreenthreads_prepare

#if defined(__ARM_FEATURE_BTI_DEFAULT)
  // Tells the linker that this object's indirect branch targets carry landing pads.
  .section .note.gnu.property, "a"
  .p2align 3
  .word 4
  .word 16
  .word 5
  .asciz "GNU"
  .word 0xc0000000
  .word 4
  .word 1
  .word 0
#endif

#endif

  .section .note.GNU-stack, "", %progbits
