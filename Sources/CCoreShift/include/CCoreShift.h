// What CoreShift calls in C. No header here defines _GNU_SOURCE: it would make these types
// differ from those that Swift's own module of libc was built with.
#pragma once

#include "ccoreshift_census.h"
#include "ccoreshift_directories.h"
#include "ccoreshift_fault.h"
#include "ccoreshift_files.h"
#include "ccoreshift_io.h"
#include "ccoreshift_lookup.h"
#include "ccoreshift_mark.h"
#include "ccoreshift_signals.h"
#include "ccoreshift_spawn.h"
#include "ccoreshift_sockets.h"
#include "ccoreshift_watches.h"
