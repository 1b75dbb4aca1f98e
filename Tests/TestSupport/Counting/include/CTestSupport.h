// Counts what the calling OS thread allocates, by standing before the C library's malloc.
#pragma once

#include <stddef.h>

/// Allocations of the calling OS thread so far; 0 for ever under a sanitizer, which has a malloc of
/// its own.
size_t ctestsupport_allocation_count(void);
