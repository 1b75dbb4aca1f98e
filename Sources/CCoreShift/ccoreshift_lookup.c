#define _GNU_SOURCE
#include "ccoreshift_lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int decode(const struct sockaddr *from, uint16_t port, struct ccoreshift_address *to) {
  memset(to, 0, sizeof *to);
  to->port = port;
  if (from->sa_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)from;
    to->family = 4;
    memcpy(to->bytes, &v4->sin_addr, 4);
    return 1;
  }
  if (from->sa_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const void *)from;
    to->family = 6;
    to->scope = v6->sin6_scope_id;
    memcpy(to->bytes, &v6->sin6_addr, 16);
    return 1;
  }
  return 0;
}

static int outcome(int error) {
  switch (error) {
    case 0: return CCORESHIFT_LOOKUP_FOUND;
    case EAI_SYSTEM: return -errno;
    case EAI_MEMORY: return -ENOMEM;
    case EAI_AGAIN: return CCORESHIFT_LOOKUP_TRY_AGAIN;
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
    case EAI_NONAME: return CCORESHIFT_LOOKUP_NOT_FOUND;
    default: return CCORESHIFT_LOOKUP_FAILED;
  }
}

int ccoreshift_lookup(const char *host, uint16_t port, struct ccoreshift_address *addresses,
                      int capacity, int *count) {
  // One kind of socket, or each address would come once for each. Without AI_ADDRCONFIG, which
  // would hide the loopback's addresses on a machine without a network.
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  *count = 0;
  int result = outcome(getaddrinfo(host, NULL, &hints, &list));
  if (result != CCORESHIFT_LOOKUP_FOUND) return result;
  for (struct addrinfo *next = list; next && *count < capacity; next = next->ai_next)
    *count += decode(next->ai_addr, port, &addresses[*count]);
  freeaddrinfo(list);
  return *count ? CCORESHIFT_LOOKUP_FOUND : CCORESHIFT_LOOKUP_NOT_FOUND;
}
