// System calls on paths, and on descriptors whose kind is not known. Every function returns its
// result, or -errno.
#pragma once

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
