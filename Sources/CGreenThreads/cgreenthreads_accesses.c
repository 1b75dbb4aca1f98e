// Where Swift's exclusivity checker keeps the accesses in progress of this OS thread.
//
// The runtime says it to nobody: it has only functions that begin and end an access, and that take
// the whole list off. So the word is searched for, once for each OS thread: an access is begun, and
// the word that then holds its address is looked for in the thread-local variables of all that is
// loaded. What is found must then follow every step that the runtime takes. A runtime that keeps
// its list in another way fails a step, and is asked by a call at each switch instead.
#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <link.h>

#if defined(__clang__)
#define UNCHECKED __attribute__((disable_sanitizer_instrumentation))
#else
#define UNCHECKED
#endif

// The runtime's own, which compiled code calls around each access that it must check: `buffer` is
// three words that become a node of the list. Weak: a runtime without them has no such list.
extern void swift_beginAccess(void *address, uintptr_t *buffer, uintptr_t flags,
                              void *pc) __attribute__((weak));
extern void swift_endAccess(uintptr_t *buffer) __attribute__((weak));

enum { TRACKED_MODIFICATION = 0x21, LARGEST_BLOCK = 1 << 16 };

const uintptr_t *cgreenthreads_unknown_accesses(void) {
  static const uintptr_t never_zero = 1;
  return &never_zero;
}

struct search {
  uintptr_t wanted;
  const volatile uintptr_t *found;
  int count;
};

// Looks through the thread-local variables that one loaded file has for the calling OS thread.
UNCHECKED static int search_file(struct dl_phdr_info *file, size_t size, void *argument) {
  struct search *search = argument;
  if (size < sizeof *file || !file->dlpi_tls_data) return 0;
  size_t length = 0;
  for (int i = 0; i < file->dlpi_phnum; i++) {
    if (file->dlpi_phdr[i].p_type == PT_TLS) length = file->dlpi_phdr[i].p_memsz;
  }
  if (length > LARGEST_BLOCK) return 0;
  uintptr_t begin = (uintptr_t)file->dlpi_tls_data;
  uintptr_t end = begin + length;
  begin = (begin + sizeof(uintptr_t) - 1) & ~(uintptr_t)(sizeof(uintptr_t) - 1);
  for (; begin + sizeof(uintptr_t) <= end; begin += sizeof(uintptr_t)) {
    const volatile uintptr_t *word = (const volatile uintptr_t *)begin;
    if (*word != search->wanted) continue;
    search->found = word;
    search->count++;
  }
  return 0;
}

// Whether `head` is what the runtime changes: it holds the latest access, and nothing else is
// needed to take the list off or to put it back.
UNCHECKED static bool follows(const volatile uintptr_t *head, uintptr_t *outer) {
  uintptr_t inner[3] = {0}, state[2] = {0};
  char variable = 0;
  swift_beginAccess(&variable, inner, TRACKED_MODIFICATION, NULL);
  bool nests = *head == (uintptr_t)inner;
  swift_task_exitThreadLocalContext(state);
  bool leaves = *head == 0 && state[0] == (uintptr_t)inner;
  // With the head zero there is nothing to take off: what a switch relies on.
  uintptr_t nothing[2] = {0};
  swift_task_exitThreadLocalContext(nothing);
  bool stays = *head == 0 && nothing[0] == 0 && nothing[1] == 0;
  swift_task_enterThreadLocalContext(state);
  bool returns = *head == (uintptr_t)inner && state[0] == 0;
  swift_endAccess(inner);
  return nests && leaves && stays && returns && *head == (uintptr_t)outer;
}

UNCHECKED static const uintptr_t *find(void) {
  uintptr_t outer[3] = {0};
  char variable = 0;
  swift_beginAccess(&variable, outer, TRACKED_MODIFICATION, NULL);
  struct search search = {.wanted = (uintptr_t)outer};
  dl_iterate_phdr(search_file, &search);
  bool is_it = search.count == 1 && follows(search.found, outer);
  swift_endAccess(outer);
  return is_it && *search.found == 0 ? (const uintptr_t *)search.found : NULL;
}

UNCHECKED const uintptr_t *cgreenthreads_find_accesses(void) {
  static __thread const uintptr_t *found;
  if (found || !cgreenthreads_has_access_lists() || !swift_beginAccess || !swift_endAccess) {
    return found;
  }
  // The caller's accesses must not be in the way.
  uintptr_t callers[2] = {0};
  swift_task_exitThreadLocalContext(callers);
  found = find();
  if (callers[0]) swift_task_enterThreadLocalContext(callers);
  return found;
}
