// Unix sockets that do not wait. Every function returns its result, or -errno.
//
// A name is what the kernel has in sun_path: a path without its NUL, or NUL and the bytes of an
// abstract name, or nothing at all. `kind` is a SOCK_ number.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The longest name, and the most descriptors that one message can pass (SCM_MAX_FD).
enum { CCORESHIFT_UNIX_NAME = 108, CCORESHIFT_PASSED = 253 };

// All sockets are non-blocking and close-on-exec.
int ccoreshift_unix_socket(int kind);
int ccoreshift_unix_pair(int kind, int ends[2]);
// No name at all has the kernel choose an abstract one.
int ccoreshift_unix_bind(int fd, const uint8_t *name, size_t count);
int ccoreshift_unix_connect(int fd, const uint8_t *name, size_t count);
// The length of the name that is written.
int ccoreshift_unix_local_name(int fd, uint8_t *name);
int ccoreshift_unix_peer_name(int fd, uint8_t *name);

// What is at a path, links not followed: 0 or -errno.
struct ccoreshift_file_identity {
  uint64_t device;
  uint64_t inode;
  int is_socket;
};
int ccoreshift_file_identify(const char *path, struct ccoreshift_file_identity *identity);
// 1 when somebody has the socket at this path open, 0 when nobody has. The owner does not notice.
int ccoreshift_unix_has_owner(const char *path);
// The mode that binding gives to the socket's file, less the umask.
int ccoreshift_unix_limit_mode(int fd, unsigned mode);
// -EINVAL for anything but a socket; links are not followed.
int ccoreshift_unix_change_mode(const char *path, unsigned mode);
int ccoreshift_unlink(const char *path);

struct ccoreshift_credentials {
  int32_t pid;
  uint32_t uid;
  uint32_t gid;
};
// -ENOTCONN where nobody is known.
int ccoreshift_unix_peer_credentials(int fd, struct ccoreshift_credentials *credentials);
// A pidfd (SO_PEERPIDFD); -ENOPROTOOPT before Linux 6.5.
int ccoreshift_unix_peer_pidfd(int fd);

// sendmsg(MSG_DONTWAIT | MSG_NOSIGNAL); without a name, to the connected peer.
ssize_t ccoreshift_unix_send(int fd, const void *bytes, size_t count, const uint8_t *name,
                             size_t name_count, const int *descriptors, size_t descriptor_count);

struct ccoreshift_message {
  int descriptors[CCORESHIFT_PASSED];
  int descriptor_count;
  // No bytes, and none will come: an empty datagram is none of this.
  int is_end;
  // Bytes, or descriptors, did not fit and are gone.
  int is_truncated;
  int has_lost;
  uint8_t name[CCORESHIFT_UNIX_NAME];
  int name_count;
};
// recvmsg(MSG_DONTWAIT | MSG_CMSG_CLOEXEC). What was passed beyond `limit` is closed.
ssize_t ccoreshift_unix_receive(int fd, void *buffer, size_t count, int limit,
                                struct ccoreshift_message *message);
