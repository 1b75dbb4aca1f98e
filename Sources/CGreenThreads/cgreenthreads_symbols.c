// Names of addresses. What shared objects export the dynamic linker knows; the functions of the
// program itself stand in its file only, in the table that `strip` takes away.
#define _GNU_SOURCE
#include "CGreenThreads.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct table {
  const Elf64_Sym *symbols;
  size_t count;
  const char *names;
  size_t names_size;
  uintptr_t bias;     // what to add to an address in the file
  const void *image;  // where the dynamic linker says that the program begins
};

static struct table program;

static const void *part(const char *file, size_t size, uint64_t offset, uint64_t length) {
  return offset <= size && length <= size - offset ? file + offset : NULL;
}

// The file may be anything by now, also another program: whatever it says is checked.
static void find_table(const char *file, size_t size) {
  const Elf64_Ehdr *head = part(file, size, 0, sizeof *head);
  if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_shentsize != sizeof(Elf64_Shdr))
    return;
  const Elf64_Shdr *sections =
      part(file, size, head->e_shoff, (uint64_t)head->e_shnum * sizeof *sections);
  for (size_t i = 0; sections && i < head->e_shnum; i++) {
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= head->e_shnum) continue;
    const Elf64_Shdr *names = &sections[sections[i].sh_link];
    program.symbols = part(file, size, sections[i].sh_offset, sections[i].sh_size);
    program.names = part(file, size, names->sh_offset, names->sh_size);
    program.names_size = names->sh_size;
    if (program.symbols && program.names) program.count = sections[i].sh_size / sizeof(Elf64_Sym);
    return;
  }
}

// The file stays mapped: only the pages that a look-up reads are ever in memory.
static void load(void) {
  const Elf64_Phdr *headers = (const Elf64_Phdr *)getauxval(AT_PHDR);
  Dl_info found;
  struct stat status;
  if (!headers || !dladdr(headers, &found)) return;
  program.image = found.dli_fbase;
  for (size_t i = 0; i < getauxval(AT_PHNUM); i++) {
    if (headers[i].p_type == PT_PHDR) program.bias = (uintptr_t)headers - headers[i].p_vaddr;
  }
  int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  if (!fstat(file, &status)) {
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes != MAP_FAILED) find_table(bytes, (size_t)status.st_size);
  }
  close(file);
}

// Reads the file's own bytes, which nobody writes: with a sanitizer's checks on each of a hundred
// thousand symbols a report would have no time left for its names.
__attribute__((no_sanitize("address", "thread")))
static const char *own_name(uintptr_t address) {
  uint64_t wanted = address - program.bias;
  for (size_t i = 0; i < program.count; i++) {
    const Elf64_Sym *symbol = &program.symbols[i];
    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || wanted - symbol->st_value >= symbol->st_size)
      continue;
    const char *name = program.names + symbol->st_name;
    bool is_whole = symbol->st_name < program.names_size &&
                    memchr(name, 0, program.names_size - symbol->st_name);
    if (is_whole) return name;
  }
  return NULL;
}

extern char *swift_demangle(const char *mangled, size_t length, char *output, size_t *size,
                            uint32_t flags) __attribute__((weak));

size_t cgreenthreads_name_symbol(uintptr_t address, char *name, size_t capacity,
                                 const char **image, uintptr_t *offset) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  Dl_info found;
  *image = NULL;
  *offset = 0;
  if (!dladdr((const void *)address, &found) || !found.dli_fname) return 0;
  pthread_once(&once, load);
  *image = found.dli_fname;
  *offset = address - (uintptr_t)found.dli_fbase;
  const char *text = found.dli_sname;
  if (found.dli_fbase == program.image) {
    *offset = address - program.bias;
    const char *own = own_name(address);
    if (own) text = own;
  }
  if (!text) return 0;
  char *demangled = swift_demangle ? swift_demangle(text, strlen(text), NULL, NULL, 0) : NULL;
  if (demangled) text = demangled;
  size_t length = strnlen(text, capacity);
  memcpy(name, text, length);
  free(demangled);
  return length;
}
