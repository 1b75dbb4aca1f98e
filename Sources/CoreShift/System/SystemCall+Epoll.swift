import CCoreShift

extension SystemCall {
  static func createReactor() -> Int32 { ccoreshift_epoll_create() }

  static func register(
    _ reactor: Int32, _ descriptor: Int32, flags: UInt32, token: UInt64
  ) -> Int32 {
    ccoreshift_epoll_add(reactor, descriptor, flags, token)
  }

  static func modify(
    _ reactor: Int32, _ descriptor: Int32, flags: UInt32, token: UInt64
  ) -> Int32 {
    ccoreshift_epoll_modify(reactor, descriptor, flags, token)
  }

  static func unregister(_ reactor: Int32, _ descriptor: Int32) -> Int32 {
    ccoreshift_epoll_delete(reactor, descriptor)
  }

  /// Waits and fills `events` from its start; a negative timeout waits without end.
  @inline(__always)
  static func wait(
    _ reactor: Int32, _ events: UnsafeMutablePointer<Event>, capacity: Int32, nanoseconds: Int64
  ) -> Int32 {
    // SAFETY: `Event` is a UInt64 and a UInt32 in this order, which is the layout of
    // ccoreshift_event (16 bytes apart, asserted by a test).
    let raw = UnsafeMutableRawPointer(events)
    return unsafe ccoreshift_epoll_wait(
      reactor, raw.assumingMemoryBound(to: ccoreshift_event.self), capacity, nanoseconds)
  }
}
