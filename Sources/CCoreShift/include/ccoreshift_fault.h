// Where a test makes the n-th set-up call of its OS thread fail, to see what is released then.
//
// Each system call that sets something up is written in one of two forms, as its style asks:
//
//   int fd = CCORESHIFT_FALLIBLE(epoll_create1(EPOLL_CLOEXEC));  // else -1 and errno
//
//   long fault = ccoreshift_fault();                             // else -errno
//   if (fault < 0) return fault;
//
// The call is not made when it is to fail. Reads, writes, waits, closes and whatever else runs
// for each event do not come here: this costs a look at a thread-local, and only set-up pays.
#pragma once

// 0, or -errno when this call is the one that is to fail.
int ccoreshift_fault(void);
// The same with errno set, and 0 or -1.
int ccoreshift_fault_errno(void);

// From now on, call number `position` (from 1) of this OS thread fails with `code`, once.
void ccoreshift_fault_arm(int position, int code);
// No call fails any more. Returns how many were asked about since arming.
int ccoreshift_fault_disarm(void);

#define CCORESHIFT_FALLIBLE(call) (ccoreshift_fault_errno() < 0 ? -1 : (call))
