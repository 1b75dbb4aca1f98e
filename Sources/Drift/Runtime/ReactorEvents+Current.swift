internal import GreenThreads

extension ReactorEvents {
  /// The event source of the calling green thread.
  static func current(for operation: StaticString) -> ReactorEvents {
    guard let events = GreenThread.eventSource as? ReactorEvents else {
      fatalError("\(operation) waits on a descriptor, which needs `Drift.run`, not virtual time")
    }
    return events
  }
}
