// The descriptors that this process has open, as this thread sees them: Linux lets a thread have a
// table of its own (unshare). Every function returns its result, or -errno.
#pragma once

#include <stddef.h>

// The numbers of all open descriptors, in no order, by /proc/thread-self/fd; the first `capacity`
// of them in `numbers`. Returns how many there are.
int ccoreshift_census_numbers(int *numbers, size_t capacity);
// What `fd` is open on, as /proc names it ("pipe:[1234]"), without a NUL behind; the length.
int ccoreshift_census_target(int fd, char *text, size_t capacity);
