// The Swift runtime's task-locals: its functions, and where it keeps what is bound off tasks.
#define _GNU_SOURCE
#include "cgreenthreads_task_locals.h"

#include <errno.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_attribute)
#if __has_attribute(swiftcall)
#define SWIFT_CALL __attribute__((swiftcall))
#endif
#endif
#ifndef SWIFT_CALL
#define SWIFT_CALL
#endif

// Weak: a program may do without the library that has them.
extern SWIFT_CALL void swift_task_localValuePush(const void *key, void *value, const void *type)
    __attribute__((weak));
extern SWIFT_CALL void swift_task_localValuePop(void) __attribute__((weak));

bool cgreenthreads_has_task_locals(void) {
  return swift_task_localValuePush && swift_task_localValuePop;
}

void cgreenthreads_push_task_local(const void *key, void *value, const void *type) {
  swift_task_localValuePush(key, value, type);
}

void cgreenthreads_pop_task_local(void) { swift_task_localValuePop(); }

struct search {
  uintptr_t function;
  uintptr_t *block;
  size_t count;
};

static int look_at(struct dl_phdr_info *object, size_t size, void *argument) {
  (void)size;
  struct search *search = argument;
  bool is_it = false;
  size_t length = 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &object->dlpi_phdr[i];
    uintptr_t begin = object->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_LOAD && search->function - begin < header->p_memsz) is_it = true;
    if (header->p_type == PT_TLS) length = header->p_memsz;
  }
  if (is_it && object->dlpi_tls_data) {
    search->block = object->dlpi_tls_data;
    search->count = length / sizeof(uintptr_t);
  }
  return is_it;
}

uintptr_t *cgreenthreads_task_local_block(size_t *count) {
  struct search search = {.function = (uintptr_t)swift_task_localValuePush};
  if (search.function) dl_iterate_phdr(look_at, &search);
  *count = search.count;
  return search.block;
}

// Looks at memory of others' on purpose, also behind its end: no sanitizer is to accuse it.
__attribute__((no_sanitize("address", "thread")))
bool cgreenthreads_read_word(uintptr_t address, uintptr_t *word) {
  if (address % sizeof *word) return false;
  // Fails in any case, for there is no such way to change a mask: with EFAULT if the kernel cannot
  // read the eight bytes that it looks at first.
  int error = errno;
  bool can = syscall(SYS_rt_sigprocmask, ~0, address, NULL, 8) != 0 && errno == EINVAL;
  errno = error;
  if (can) *word = *(const volatile uintptr_t *)address;
  return can;
}
