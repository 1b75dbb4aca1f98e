#define _GNU_SOURCE
#include "ccoreshift_sockets_unix.h"

#include <errno.h>
#include <string.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// A process's pidfd, where somebody has asked for it with SO_PASSPIDFD (Linux 6.5).
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

// Room for all descriptors, and for what SO_PASSCRED and SO_PASSPIDFD put before them: what does
// not fit here would be lost in the kernel.
union control {
  struct cmsghdr alignment;
  char room[CMSG_SPACE(sizeof(int) * CCORESHIFT_PASSED) + CMSG_SPACE(sizeof(struct ucred)) +
            CMSG_SPACE(sizeof(int))];
};

ssize_t ccoreshift_unix_send(int fd, const void *bytes, size_t count, const uint8_t *name,
                             size_t name_count, const int *descriptors, size_t descriptor_count) {
  if (descriptor_count > CCORESHIFT_PASSED) return -EINVAL;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct iovec piece = {(void *)bytes, count};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (name_count) {
    if (name_count > sizeof address.sun_path) return -EINVAL;
    memcpy(address.sun_path, name, name_count);
    int is_terminated = name[0] && name_count < sizeof address.sun_path;
    message.msg_name = &address;
    message.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_count +
                                      (is_terminated ? 1 : 0));
  }
  union control control;
  if (descriptor_count) {
    size_t size = sizeof(int) * descriptor_count;
    memset(&control, 0, CMSG_SPACE(size));
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), descriptors, size);
  }
  ssize_t result;
  do {
    result = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

static int number_at(const struct cmsghdr *header, size_t index) {
  int number;
  memcpy(&number, CMSG_DATA(header) + index * sizeof number, sizeof number);
  return number;
}

// Every descriptor that came is ours now: it is handed on, or closed.
static void take_descriptors(struct msghdr *message, int limit, struct ccoreshift_message *to) {
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == SCM_PIDFD) close(number_at(header, 0));
    if (header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
      int number = number_at(header, index);
      if (to->descriptor_count < limit) {
        to->descriptors[to->descriptor_count++] = number;
      } else {
        close(number);
        to->has_lost = 1;
      }
    }
  }
}

// Whether nothing at all, where there was room for so much, is the end of what the peer sends.
static bool means_end(int fd, size_t room, bool is_truncated) {
  int kind = 0;
  socklen_t length = sizeof kind;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &length) < 0) return room > 0;
  if (kind == SOCK_SEQPACKET) return !is_truncated;
  return kind != SOCK_DGRAM && room > 0;
}

ssize_t ccoreshift_unix_receive(int fd, void *buffer, size_t count, int limit,
                                struct ccoreshift_message *to) {
  // The kernel counts a NUL behind a path that fills its field.
  union {
    struct sockaddr_un address;
    char room[sizeof(struct sockaddr_un) + 16];
  } from;
  union control control;
  struct iovec piece = {buffer, count};
  struct msghdr message;
  ssize_t result;
  to->descriptor_count = to->is_end = to->is_truncated = to->has_lost = to->name_count = 0;
  if (limit > CCORESHIFT_PASSED) limit = CCORESHIFT_PASSED;
  do {
    message = (struct msghdr){
        .msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    result = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  to->is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
  to->has_lost = (message.msg_flags & MSG_CTRUNC) != 0;
  take_descriptors(&message, limit, to);
  size_t before = offsetof(struct sockaddr_un, sun_path);
  if (message.msg_namelen > before) {
    const char *name = from.address.sun_path;
    size_t length = message.msg_namelen - before;
    if (length > sizeof from.address.sun_path) length = sizeof from.address.sun_path;
    if (name[0]) length = strnlen(name, length);
    memcpy(to->name, name, length);
    to->name_count = (int)length;
  }
  to->is_end = result == 0 && means_end(fd, count, to->is_truncated);
  return result;
}
