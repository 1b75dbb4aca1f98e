// A stretch of code in which SIGPIPE does not reach this thread, and leaves nothing behind.
#pragma once

#include <signal.h>

struct ccoreshift_masked {
  sigset_t before;
  int was_pending;
};

// 0, or -errno.
int ccoreshift_mask_begin(struct ccoreshift_masked *masked);
// Takes a SIGPIPE out of the queue that the call has raised, and puts the mask back. A call that
// has moved some bytes, and then found that nobody reads any more, has a `result` above zero and
// raises it all the same.
void ccoreshift_mask_end(const struct ccoreshift_masked *masked, long result);
