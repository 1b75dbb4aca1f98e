// Sockets that do not wait. Every function returns its result, or -errno.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "ccoreshift_sockets_unix.h"
#include "ccoreshift_syscall.h"

// An IPv4 or IPv6 address with its port. `family` is 4 or 6; an IPv4 address lies in the first four
// bytes. `scope` numbers the interface of a link-local IPv6 address.
struct ccoreshift_address {
  uint8_t bytes[16];
  uint32_t scope;
  uint16_t port;
  uint8_t family;
};

// The longest text of an address, with its zone.
enum { CCORESHIFT_ADDRESS_TEXT = 64 };

// Reads numeric text, IPv6 with a zone (`fe80::1%eth0`); -EINVAL for anything else.
int ccoreshift_address_parse(const char *text, uint16_t port, struct ccoreshift_address *address);
// Writes the address, without its port, as text that ends with NUL.
int ccoreshift_address_print(const struct ccoreshift_address *address, char *text, size_t size);

// A non-blocking, close-on-exec TCP socket.
int ccoreshift_tcp_socket(int family);
int ccoreshift_bind(int fd, const struct ccoreshift_address *address);
int ccoreshift_listen(int fd, int backlog);
// 0 when connected at once; -EINPROGRESS when the socket will become writable.
int ccoreshift_connect(int fd, const struct ccoreshift_address *address);
// The outcome of a connect, as SO_ERROR has it: 0 or -errno; -EINPROGRESS if there is none yet.
int ccoreshift_pending_error(int fd);
// The next connection, close-on-exec; a Unix socket's peer has no such address: family 0.
int ccoreshift_accept(int fd, int non_blocking, struct ccoreshift_address *peer);
// How many connections wait to be accepted, on a listening TCP or Unix socket.
int ccoreshift_backlog(int fd);
int ccoreshift_local_address(int fd, struct ccoreshift_address *address);
int ccoreshift_peer_address(int fd, struct ccoreshift_address *address);
int ccoreshift_shutdown_write(int fd);

// A non-blocking, close-on-exec UDP socket.
int ccoreshift_udp_socket(int family);
// recvfrom(MSG_DONTWAIT | MSG_TRUNC): the whole length of the datagram, also when it did not fit.
ssize_t ccoreshift_receive_from(int fd, void *buffer, size_t count,
                                struct ccoreshift_address *from);
// sendto(MSG_DONTWAIT | MSG_NOSIGNAL).
ssize_t ccoreshift_send_to(int fd, const void *buffer, size_t count,
                           const struct ccoreshift_address *to);

// What can be set: the first ones are switches, the next are in bytes, the last in seconds or a
// count.
enum ccoreshift_socket_option {
  CCORESHIFT_NO_DELAY,
  CCORESHIFT_REUSE_ADDRESS,
  CCORESHIFT_REUSE_PORT,
  CCORESHIFT_KEEP_ALIVE,
  CCORESHIFT_BROADCAST,
  CCORESHIFT_V6_ONLY,
  CCORESHIFT_SEND_BUFFER,
  CCORESHIFT_RECEIVE_BUFFER,
  CCORESHIFT_KEEP_IDLE,
  CCORESHIFT_KEEP_INTERVAL,
  CCORESHIFT_KEEP_COUNT,
};
int ccoreshift_set_option(int fd, int option, int value);
// The value, which is never negative, or -errno.
int ccoreshift_get_option(int fd, int option);
// Whether closing sends a reset and drops what has not left yet (SO_LINGER of zero seconds).
int ccoreshift_set_reset_on_close(int fd, int is_on);
int ccoreshift_get_reset_on_close(int fd);

// recv(MSG_DONTWAIT), repeated when interrupted.
static inline ssize_t ccoreshift_receive(int fd, void *buffer, size_t count) {
  long result;
  do result = ccoreshift_syscall6(SYS_recvfrom, fd, (long)buffer, (long)count, 0x40, 0, 0);
  while (result == -4);
  return result;
}

// recv(MSG_DONTWAIT | MSG_PEEK), repeated when interrupted. Not inline: what looks like receiving
// but for one number would be made one function with it, and receiving a call of that.
ssize_t ccoreshift_peek(int fd, void *buffer, size_t count);

// send(MSG_DONTWAIT | MSG_NOSIGNAL), repeated when interrupted.
static inline ssize_t ccoreshift_send(int fd, const void *buffer, size_t count) {
  long result;
  do result = ccoreshift_syscall6(SYS_sendto, fd, (long)buffer, (long)count, 0x4040, 0, 0);
  while (result == -4);
  return result;
}
// The same of several pieces, by sendmsg, which takes at most CCORESHIFT_VECTOR_LIMIT of them.
ssize_t ccoreshift_send_vector(int fd, const struct iovec *pieces, int count);
