// System calls on names in directories. `directory` is an open one, or AT_FDCWD. Every function
// returns its result, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int ccoreshift_open_at(int directory, const char *path, int flags, unsigned mode);
// Records as getdents64 has them; 0 at the end.
ssize_t ccoreshift_read_entries(int directory, void *buffer, size_t count);
int ccoreshift_make_directory(int directory, const char *path, unsigned mode);
// A file, a link, or what else is no directory.
int ccoreshift_remove_file(int directory, const char *path);
int ccoreshift_remove_directory(int directory, const char *path);
// -EEXIST when there is something already, unless `replace`.
int ccoreshift_rename(
    int directory, const char *path, int target_directory, const char *target, int replace);
