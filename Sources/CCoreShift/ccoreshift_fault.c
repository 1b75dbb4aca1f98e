#include "ccoreshift_fault.h"

#include <errno.h>

// Of this thread alone, so that tests which run side by side do not hit each other.
static _Thread_local int fault_position;
static _Thread_local int fault_code;
static _Thread_local int fault_asked;

int ccoreshift_fault(void) {
  // Nothing is armed, outside of tests: position 0 is never reached.
  if (fault_position == 0) return 0;
  fault_asked++;
  return fault_asked == fault_position ? -fault_code : 0;
}

int ccoreshift_fault_errno(void) {
  int fault = ccoreshift_fault();
  if (fault == 0) return 0;
  errno = -fault;
  return -1;
}

void ccoreshift_fault_arm(int position, int code) {
  fault_position = position;
  fault_code = code;
  fault_asked = 0;
}

int ccoreshift_fault_disarm(void) {
  fault_position = 0;
  return fault_asked;
}
