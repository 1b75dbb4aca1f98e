// Several pieces to a socket at once.
#define _GNU_SOURCE
#include "ccoreshift_sockets.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

ssize_t ccoreshift_send_vector(int fd, const struct iovec *pieces, int count) {
  struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
  ssize_t result;
  do {
    result = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}
