private import Glibc

/// The signals that the calling OS thread blocks, signal n as bit n - 1.
public func ownSignalMask() -> UInt64 {
  var mask = sigset_t()
  unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
  return (1...64).reduce(0) { set, number in
    unsafe sigismember(&mask, Int32(number)) == 1 ? set | 1 << UInt64(number - 1) : set
  }
}

/// Has the calling OS thread block `signal`, or not; the threads of the test runner have all
/// signals blocked, and so have those that they start.
public func setBlocked(_ signal: Int32, _ isBlocked: Bool) {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  unsafe sigaddset(&set, signal)
  unsafe pthread_sigmask(isBlocked ? SIG_BLOCK : SIG_UNBLOCK, &set, nil)
}
