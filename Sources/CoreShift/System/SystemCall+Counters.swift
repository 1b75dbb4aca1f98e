import CCoreShift

extension SystemCall {
  static func eventDescriptor(_ initial: UInt32, isSemaphore: Bool) -> Int32 {
    ccoreshift_eventfd(initial, isSemaphore ? 1 : 0)
  }

  static func timerDescriptor() -> Int32 { ccoreshift_timerfd() }

  static func armTimer(
    _ descriptor: Int32, first: Int64, interval: Int64, isAbsolute: Bool
  ) -> Int32 {
    ccoreshift_timerfd_arm(descriptor, first, interval, isAbsolute ? 1 : 0)
  }

  /// Reads the eight bytes of an eventfd or a timerfd.
  static func readCounter(_ descriptor: Int32) -> (result: Int32, value: UInt64) {
    var value: UInt64 = 0
    let result = unsafe ccoreshift_counter_read(descriptor, &value)
    return (result, value)
  }

  static func writeCounter(_ descriptor: Int32, _ value: UInt64) -> Int32 {
    ccoreshift_counter_write(descriptor, value)
  }

  static func monotonicNanoseconds() -> Int64 { ccoreshift_monotonic_nanoseconds() }
}
