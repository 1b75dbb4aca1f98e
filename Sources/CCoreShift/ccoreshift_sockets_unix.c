#define _GNU_SOURCE
#include "ccoreshift_fault.h"
#include "ccoreshift_sockets_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

_Static_assert(SOCK_STREAM == 1 && SOCK_DGRAM == 2 && SOCK_SEQPACKET == 5,
               "this system numbers its kinds of sockets in another way");
_Static_assert(sizeof((struct sockaddr_un *)0)->sun_path == CCORESHIFT_UNIX_NAME, "a longer name");

// The kernel may add a NUL behind a path that fills its field.
union address {
  struct sockaddr_un address;
  char room[sizeof(struct sockaddr_un) + 16];
};

static socklen_t encode(const uint8_t *name, size_t count, struct sockaddr_un *to) {
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  if (count > sizeof to->sun_path) count = sizeof to->sun_path;
  if (count) memcpy(to->sun_path, name, count);
  int is_terminated = count && name[0] && count < sizeof to->sun_path;
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count + (is_terminated ? 1 : 0));
}

static int decode(const struct sockaddr_un *from, socklen_t length, uint8_t *name) {
  if (length <= offsetof(struct sockaddr_un, sun_path)) return 0;
  if (from->sun_family != AF_UNIX) return -EAFNOSUPPORT;
  size_t count = length - offsetof(struct sockaddr_un, sun_path);
  if (count > sizeof from->sun_path) count = sizeof from->sun_path;
  if (from->sun_path[0]) count = strnlen(from->sun_path, count);
  memcpy(name, from->sun_path, count);
  return (int)count;
}

int ccoreshift_unix_socket(int kind) {
  int fd = CCORESHIFT_FALLIBLE(socket(AF_UNIX, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return fd < 0 ? -errno : fd;
}

int ccoreshift_unix_pair(int kind, int ends[2]) {
  int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  return CCORESHIFT_FALLIBLE(socketpair(AF_UNIX, kind | flags, 0, ends)) ? -errno : 0;
}

int ccoreshift_unix_bind(int fd, const uint8_t *name, size_t count) {
  struct sockaddr_un address;
  socklen_t length = encode(name, count, &address);
  return CCORESHIFT_FALLIBLE(bind(fd, (void *)&address, length)) ? -errno : 0;
}

int ccoreshift_unix_connect(int fd, const uint8_t *name, size_t count) {
  struct sockaddr_un address;
  socklen_t length = encode(name, count, &address);
  int result;
  do {
    result = CCORESHIFT_FALLIBLE(connect(fd, (void *)&address, length));
  } while (result && errno == EINTR);
  return result ? -errno : 0;
}

int ccoreshift_unix_local_name(int fd, uint8_t *name) {
  union address address;
  socklen_t length = sizeof address;
  if (CCORESHIFT_FALLIBLE(getsockname(fd, (void *)&address, &length))) return -errno;
  return decode(&address.address, length, name);
}

int ccoreshift_unix_peer_name(int fd, uint8_t *name) {
  union address address;
  socklen_t length = sizeof address;
  if (getpeername(fd, (void *)&address, &length)) return -errno;
  return decode(&address.address, length, name);
}

int ccoreshift_file_identify(const char *path, struct ccoreshift_file_identity *identity) {
  struct stat status;
  if (CCORESHIFT_FALLIBLE(lstat(path, &status))) return -errno;
  identity->device = status.st_dev;
  identity->inode = status.st_ino;
  identity->is_socket = S_ISSOCK(status.st_mode);
  return 0;
}

// A datagram socket never reaches a stream's listener: the kernel finds the owner, refuses the kind
// and leaves no connection behind.
int ccoreshift_unix_has_owner(const char *path) {
  int probe = ccoreshift_unix_socket(SOCK_DGRAM);
  if (probe < 0) return probe;
  int result = ccoreshift_unix_connect(probe, (const uint8_t *)path, strlen(path));
  close(probe);
  switch (result) {
    case -ECONNREFUSED:
    case -ENOENT:
      return 0;
    case 0:
    // Another kind of socket, or one that is connected to somebody else.
    case -EPROTOTYPE:
    case -EPERM:
      return 1;
    default:
      return result;
  }
}

int ccoreshift_unix_limit_mode(int fd, unsigned mode) {
  return CCORESHIFT_FALLIBLE(fchmod(fd, (mode_t)mode)) ? -errno : 0;
}

int ccoreshift_unix_change_mode(const char *path, unsigned mode) {
  int fd = CCORESHIFT_FALLIBLE(open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) return -errno;
  struct stat status;
  int result = CCORESHIFT_FALLIBLE(fstat(fd, &status)) ? -errno : 0;
  if (!result && !S_ISSOCK(status.st_mode)) result = -EINVAL;
  if (!result) {
    // What was looked at is what is changed, whatever the path leads to by now.
    char link[40];
    snprintf(link, sizeof link, "/proc/thread-self/fd/%d", fd);
    if (CCORESHIFT_FALLIBLE(chmod(link, (mode_t)mode))) result = -errno;
  }
  close(fd);
  return result;
}

int ccoreshift_unlink(const char *path) {
  return CCORESHIFT_FALLIBLE(unlink(path)) ? -errno : 0;
}

int ccoreshift_unix_peer_credentials(int fd, struct ccoreshift_credentials *credentials) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length)) return -errno;
  // The kernel's answer for sockets that have no such peer.
  if (peer.pid == 0 && peer.uid == (uid_t)-1) return -ENOTCONN;
  credentials->pid = peer.pid;
  credentials->uid = peer.uid;
  credentials->gid = peer.gid;
  return 0;
}

int ccoreshift_unix_peer_pidfd(int fd) {
  int pidfd = -1;
  socklen_t length = sizeof pidfd;
  return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) ? -errno : pidfd;
}
