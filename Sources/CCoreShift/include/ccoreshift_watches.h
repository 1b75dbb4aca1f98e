// inotify. Every function returns its result, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

// An inotify instance, non-blocking and close-on-exec.
int ccoreshift_watches_open(void);
// Watches a path with these bits, or changes the bits of the watch that its inode has already; the
// number of the watch.
int ccoreshift_watches_add(int fd, const char *path, uint32_t bits);
int ccoreshift_watches_remove(int fd, int watch);
// The next entries of the open directory `fd`, as getdents64 gives them; 0 at its end.
int ccoreshift_watches_list(int fd, void *buffer, size_t capacity);
