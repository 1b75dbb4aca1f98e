// Names of hosts, as the system's resolver knows them.
#pragma once

#include <stdint.h>

#include "ccoreshift_sockets.h"

// How a look-up ended, where it is no -errno.
enum ccoreshift_lookup_end {
  CCORESHIFT_LOOKUP_FOUND,
  // There is no such name, or it has no address.
  CCORESHIFT_LOOKUP_NOT_FOUND,
  // Nobody has answered; later somebody may.
  CCORESHIFT_LOOKUP_TRY_AGAIN,
  // An answer that no repetition will better.
  CCORESHIFT_LOOKUP_FAILED,
};

// getaddrinfo, which reads files and may wait for a network: writes up to `capacity` addresses with
// this port, in the order of RFC 6724, and their count. One of the above, or -errno.
int ccoreshift_lookup(const char *host, uint16_t port, struct ccoreshift_address *addresses,
                      int capacity, int *count);
