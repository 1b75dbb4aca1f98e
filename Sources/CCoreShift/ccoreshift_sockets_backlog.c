#define _GNU_SOURCE
#include "ccoreshift_fault.h"
#include "ccoreshift_sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int tcp_backlog(int fd) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  if (CCORESHIFT_FALLIBLE(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))) return -errno;
  return info.tcpi_state == TCP_LISTEN ? (int)info.tcpi_unacked : -EINVAL;
}

// What the kernel has answered about one Unix socket.
static int decode(const char *answer, ssize_t count) {
  const struct nlmsghdr *header = (const void *)answer;
  if (!NLMSG_OK(header, count)) return -EBADMSG;
  if (header->nlmsg_type == NLMSG_ERROR) {
    const struct nlmsgerr *failure = NLMSG_DATA(header);
    return failure->error < 0 ? failure->error : -EBADMSG;
  }
  const struct unix_diag_msg *message = NLMSG_DATA(header);
  int rest = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof *message);
  if (rest < 0) return -EBADMSG;
  if (message->udiag_state != TCP_LISTEN) return -EINVAL;
  const struct rtattr *part = (const void *)(message + 1);
  for (; RTA_OK(part, rest); part = RTA_NEXT(part, rest)) {
    if (part->rta_type != UNIX_DIAG_RQLEN) continue;
    if (RTA_PAYLOAD(part) < sizeof(struct unix_diag_rqlen)) return -EBADMSG;
    struct unix_diag_rqlen lengths;
    memcpy(&lengths, RTA_DATA(part), sizeof lengths);
    return (int)lengths.udiag_rqueue;
  }
  return -EBADMSG;
}

// No option of the socket tells: only those who list all sockets, such as ss, are told.
static int unix_backlog(int fd) {
  struct stat status;
  if (fstat(fd, &status)) return -errno;
  int diagnosis = CCORESHIFT_FALLIBLE(
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
  if (diagnosis < 0) return -errno;
  struct {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } question = {
      .header = {.nlmsg_len = sizeof question,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST},
      .request = {.sdiag_family = AF_UNIX,
                  .udiag_states = ~0u,
                  .udiag_ino = (uint32_t)status.st_ino,
                  .udiag_show = UDIAG_SHOW_RQLEN,
                  .udiag_cookie = {~0u, ~0u}},
  };
  _Alignas(struct nlmsghdr) char answer[512];
  ssize_t count = send(diagnosis, &question, sizeof question, MSG_NOSIGNAL);
  // The answer is there when the question has been taken.
  if (count >= 0) count = recv(diagnosis, answer, sizeof answer, 0);
  int result = count < 0 ? -errno : decode(answer, count);
  close(diagnosis);
  return result;
}

int ccoreshift_backlog(int fd) {
  int domain = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length)) return -errno;
  return domain == AF_UNIX ? unix_backlog(fd) : tcp_backlog(fd);
}
