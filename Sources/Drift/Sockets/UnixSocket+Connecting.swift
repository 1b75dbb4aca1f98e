internal import CoreShift
internal import GreenThreads

extension UnixSocket {
  /// Connects, and waits while the listener's queue is full.
  ///
  /// The kernel announces no room in it, so it is tried again after a while.
  static func connectWaiting(to address: UnixAddress, as kind: Kind) throws -> Fd {
    try GreenThread.checkCancellation()
    var pause = GrowingPause(from: .milliseconds(1), to: .milliseconds(50))
    while true {
      if let socket = try connect(to: address, as: kind) { return socket }
      try pause.park(for: ParkReason("for room in a Unix listener's queue"))
    }
  }
}

extension UnixSocket.Pair {
  /// Both ends, each made into something by `make`.
  consuming func adopt<End>(
    _ make: (consuming Fd) throws(CoreError) -> End
  ) throws(CoreError) -> (End, End) {
    let first = self.first
    let second = self.second
    return (try make(first), try make(second))
  }
}
