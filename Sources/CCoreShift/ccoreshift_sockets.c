#define _GNU_SOURCE
#include "ccoreshift_fault.h"
#include "ccoreshift_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static socklen_t encode(const struct ccoreshift_address *from, struct sockaddr_storage *to) {
  memset(to, 0, sizeof *to);
  if (from->family == 4) {
    struct sockaddr_in *v4 = (void *)to;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(from->port);
    memcpy(&v4->sin_addr, from->bytes, 4);
    return sizeof *v4;
  }
  struct sockaddr_in6 *v6 = (void *)to;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(from->port);
  v6->sin6_scope_id = from->scope;
  memcpy(&v6->sin6_addr, from->bytes, 16);
  return sizeof *v6;
}

static int decode(const struct sockaddr_storage *from, struct ccoreshift_address *to) {
  memset(to, 0, sizeof *to);
  if (from->ss_family == AF_INET) {
    const struct sockaddr_in *v4 = (const void *)from;
    to->family = 4;
    to->port = ntohs(v4->sin_port);
    memcpy(to->bytes, &v4->sin_addr, 4);
    return 0;
  }
  if (from->ss_family == AF_INET6) {
    const struct sockaddr_in6 *v6 = (const void *)from;
    to->family = 6;
    to->port = ntohs(v6->sin6_port);
    to->scope = v6->sin6_scope_id;
    memcpy(to->bytes, &v6->sin6_addr, 16);
    return 0;
  }
  return -EAFNOSUPPORT;
}

// A zone is an interface's name or its number.
static int parse_zone(const char *zone, uint32_t *scope) {
  char *end;
  // strtoul would also take blanks and a sign.
  unsigned long number = *zone >= '0' && *zone <= '9' ? strtoul(zone, &end, 10) : ULONG_MAX;
  if (number <= UINT32_MAX && !*end) {
    *scope = (uint32_t)number;
    return 0;
  }
  *scope = if_nametoindex(zone);
  return *scope ? 0 : -EINVAL;
}

int ccoreshift_address_parse(const char *text, uint16_t port, struct ccoreshift_address *address) {
  char host[CCORESHIFT_ADDRESS_TEXT];
  memset(address, 0, sizeof *address);
  address->port = port;
  if (inet_pton(AF_INET, text, address->bytes) == 1) {
    address->family = 4;
    return 0;
  }
  if (strlen(text) >= sizeof host) return -EINVAL;
  strcpy(host, text);
  char *zone = strchr(host, '%');
  if (zone) *zone++ = 0;
  if (inet_pton(AF_INET6, host, address->bytes) != 1) return -EINVAL;
  address->family = 6;
  return zone ? parse_zone(zone, &address->scope) : 0;
}

int ccoreshift_address_print(const struct ccoreshift_address *address, char *text, size_t size) {
  int family = address->family == 4 ? AF_INET : AF_INET6;
  if (!inet_ntop(family, address->bytes, text, (socklen_t)size)) return -errno;
  size_t length = strlen(text);
  if (address->scope) snprintf(text + length, size - length, "%%%u", address->scope);
  return 0;
}

int ccoreshift_tcp_socket(int family) {
  int fd = CCORESHIFT_FALLIBLE(
      socket(family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return fd < 0 ? -errno : fd;
}

int ccoreshift_bind(int fd, const struct ccoreshift_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = encode(address, &storage);
  return CCORESHIFT_FALLIBLE(bind(fd, (void *)&storage, length)) ? -errno : 0;
}

int ccoreshift_listen(int fd, int backlog) {
  return CCORESHIFT_FALLIBLE(listen(fd, backlog)) ? -errno : 0;
}

int ccoreshift_connect(int fd, const struct ccoreshift_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = encode(address, &storage);
  if (!CCORESHIFT_FALLIBLE(connect(fd, (void *)&storage, length))) return 0;
  // An interrupted connect goes on by itself; calling it again would be EALREADY.
  return errno == EINTR ? -EINPROGRESS : -errno;
}

int ccoreshift_pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length)) return -errno;
  if (error) return -error;
  // No error is also what a connect says that has not been answered.
  struct sockaddr_storage peer;
  length = sizeof peer;
  if (!getpeername(fd, (void *)&peer, &length)) return 0;
  if (errno != ENOTCONN) return -errno;
  // One that was refused has no error any more, once somebody has taken it.
  struct pollfd entry = {.fd = fd, .events = POLLOUT};
  return poll(&entry, 1, 0) == 0 ? -EINPROGRESS : -ENOTCONN;
}

// Linux gives accept the pending network error of the connection that it took off the queue. It
// says nothing about the listener, and the next connection may be a good one.
static int is_about_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
      return 1;
    default:
      return 0;
  }
}

int ccoreshift_accept(int fd, int non_blocking, struct ccoreshift_address *peer) {
  struct sockaddr_storage storage;
  int flags = SOCK_CLOEXEC | (non_blocking ? SOCK_NONBLOCK : 0);
  int accepted;
  do {
    socklen_t length = sizeof storage;
    accepted = CCORESHIFT_FALLIBLE(accept4(fd, (void *)&storage, &length, flags));
  } while (accepted < 0 && is_about_one_connection(errno));
  if (accepted < 0) return -errno;
  decode(&storage, peer);
  return accepted;
}

int ccoreshift_local_address(int fd, struct ccoreshift_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = sizeof storage;
  int result = CCORESHIFT_FALLIBLE(getsockname(fd, (void *)&storage, &length));
  return result ? -errno : decode(&storage, address);
}

int ccoreshift_peer_address(int fd, struct ccoreshift_address *address) {
  struct sockaddr_storage storage;
  socklen_t length = sizeof storage;
  return getpeername(fd, (void *)&storage, &length) ? -errno : decode(&storage, address);
}

int ccoreshift_shutdown_write(int fd) { return shutdown(fd, SHUT_WR) ? -errno : 0; }

int ccoreshift_udp_socket(int family) {
  int fd = CCORESHIFT_FALLIBLE(
      socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return fd < 0 ? -errno : fd;
}

ssize_t ccoreshift_receive_from(int fd, void *buffer, size_t count,
                                struct ccoreshift_address *from) {
  struct sockaddr_storage storage;
  ssize_t result;
  do {
    socklen_t length = sizeof storage;
    storage.ss_family = AF_UNSPEC;
    result = recvfrom(fd, buffer, count, MSG_DONTWAIT | MSG_TRUNC, (void *)&storage, &length);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  decode(&storage, from);
  return result;
}

ssize_t ccoreshift_peek(int fd, void *buffer, size_t count) {
  ssize_t result;
  do result = recv(fd, buffer, count, MSG_DONTWAIT | MSG_PEEK);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

ssize_t ccoreshift_send_to(int fd, const void *buffer, size_t count,
                           const struct ccoreshift_address *to) {
  struct sockaddr_storage storage;
  socklen_t length = encode(to, &storage);
  ssize_t result;
  do {
    result = sendto(fd, buffer, count, MSG_DONTWAIT | MSG_NOSIGNAL, (void *)&storage, length);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

static const struct {
  int level;
  int name;
} options[] = {
    [CCORESHIFT_NO_DELAY] = {IPPROTO_TCP, TCP_NODELAY},
    [CCORESHIFT_REUSE_ADDRESS] = {SOL_SOCKET, SO_REUSEADDR},
    [CCORESHIFT_REUSE_PORT] = {SOL_SOCKET, SO_REUSEPORT},
    [CCORESHIFT_KEEP_ALIVE] = {SOL_SOCKET, SO_KEEPALIVE},
    [CCORESHIFT_BROADCAST] = {SOL_SOCKET, SO_BROADCAST},
    [CCORESHIFT_V6_ONLY] = {IPPROTO_IPV6, IPV6_V6ONLY},
    [CCORESHIFT_SEND_BUFFER] = {SOL_SOCKET, SO_SNDBUF},
    [CCORESHIFT_RECEIVE_BUFFER] = {SOL_SOCKET, SO_RCVBUF},
    [CCORESHIFT_KEEP_IDLE] = {IPPROTO_TCP, TCP_KEEPIDLE},
    [CCORESHIFT_KEEP_INTERVAL] = {IPPROTO_TCP, TCP_KEEPINTVL},
    [CCORESHIFT_KEEP_COUNT] = {IPPROTO_TCP, TCP_KEEPCNT},
};

int ccoreshift_set_option(int fd, int option, int value) {
  int result = CCORESHIFT_FALLIBLE(
      setsockopt(fd, options[option].level, options[option].name, &value, sizeof value));
  return result ? -errno : 0;
}

int ccoreshift_get_option(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, options[option].level, options[option].name, &value, &length) ? -errno
                                                                                     : value;
}

int ccoreshift_set_reset_on_close(int fd, int is_on) {
  struct linger linger = {.l_onoff = is_on, .l_linger = 0};
  int result = CCORESHIFT_FALLIBLE(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  return result ? -errno : 0;
}

int ccoreshift_get_reset_on_close(int fd) {
  struct linger linger = {0};
  socklen_t length = sizeof linger;
  if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length)) return -errno;
  return linger.l_onoff && linger.l_linger == 0;
}

// The header spells these out, to include nothing.
_Static_assert(MSG_DONTWAIT == 0x40 &&
                   (MSG_DONTWAIT | MSG_NOSIGNAL) == 0x4040 && EINTR == 4,
               "this system numbers its flags in another way");
