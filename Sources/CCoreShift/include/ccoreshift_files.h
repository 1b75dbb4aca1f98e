// System calls on paths, and on descriptors whose kind is not known. Every function returns its
// result, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Opens; an interrupted open is tried again.
int ccoreshift_open(const char *path, int flags, unsigned mode);
// Opens what `fd` is open on once more, by /proc/thread-self/fd: a new open file, with flags of
// its own.
int ccoreshift_reopen(int fd, int flags);
// st_mode, with the kind of file in its upper bits.
int ccoreshift_file_mode(int fd);
int ccoreshift_is_terminal(int fd);
// The columns of the terminal, 0 where it does not know.
int ccoreshift_terminal_columns(int fd);
// 0 for a regular file that the effective user may execute; -EISDIR for a directory.
int ccoreshift_check_executable(const char *path);

// What a file is, as `stat` has it. Times are since 1970, in seconds and nanoseconds.
struct ccoreshift_status {
  uint64_t device, inode, links;
  int64_t size, blocks;
  int64_t accessed, modified, changed;
  uint32_t accessed_part, modified_part, changed_part;
  uint32_t mode, user, group;
};

// Of what `path` leads to, from `directory`; of the last link itself unless `follow`.
int ccoreshift_file_status(
    int directory, const char *path, int follow, struct ccoreshift_status *status);
int ccoreshift_descriptor_status(int fd, struct ccoreshift_status *status);

// Reads and writes at a position, when that needs no wait for a disk; else -EAGAIN, or
// -EOPNOTSUPP where the file system cannot tell.
ssize_t ccoreshift_pread_cached(int fd, void *buffer, size_t count, int64_t offset);
ssize_t ccoreshift_pwrite_cached(int fd, const void *buffer, size_t count, int64_t offset);

int ccoreshift_synchronize(int fd, int data_only);
int ccoreshift_truncate(int fd, int64_t size);
enum {
  CCORESHIFT_ADVICE_NORMAL,
  CCORESHIFT_ADVICE_SEQUENTIAL,
  CCORESHIFT_ADVICE_RANDOM,
  CCORESHIFT_ADVICE_WILL_NEED,
  CCORESHIFT_ADVICE_DONT_NEED,
};
int ccoreshift_advise(int fd, int64_t offset, int64_t count, int advice);
int ccoreshift_set_permissions(int fd, unsigned mode);
int ccoreshift_set_owner(int fd, unsigned user, unsigned group);
enum { CCORESHIFT_LOCK_SHARED, CCORESHIFT_LOCK_EXCLUSIVE, CCORESHIFT_LOCK_NONE };
// -EAGAIN where somebody else holds it.
int ccoreshift_try_lock(int fd, int lock);
// Moves bytes from file to file in the kernel; 0 at the source's end.
ssize_t ccoreshift_copy_range(
    int source, int64_t source_offset, int target, int64_t target_offset, size_t count);
