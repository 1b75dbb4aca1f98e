// Bytes that go from one descriptor to another without passing through this program.
#define _GNU_SOURCE
#include "ccoreshift_io.h"
#include "ccoreshift_io_masked.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>

ssize_t ccoreshift_splice(int from, int to, size_t count) {
  // There is no flag against SIGPIPE here, neither for pipes nor for sockets.
  struct ccoreshift_masked masked;
  int failed = ccoreshift_mask_begin(&masked);
  if (failed) return failed;
  ssize_t result;
  do {
    result = splice(from, NULL, to, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (result < 0) result = -errno;
  } while (result == -EINTR);
  ccoreshift_mask_end(&masked, result);
  return result;
}

ssize_t ccoreshift_send_file(int from, int64_t offset, int to, size_t count) {
  struct ccoreshift_masked masked;
  int failed = ccoreshift_mask_begin(&masked);
  if (failed) return failed;
  ssize_t result;
  do {
    off_t place = offset;
    result = sendfile(to, from, &place, count);
    if (result < 0) result = -errno;
  } while (result == -EINTR);
  ccoreshift_mask_end(&masked, result);
  return result;
}
