internal import CoreShift
internal import GreenThreads

// What a descriptor refuses.
extension Descriptor {
  func closedError() -> ResourceClosed {
    ResourceClosed("a descriptor")
  }

  /// Why a second one cannot wait.
  ///
  /// After ``close()`` the first may not have run yet.
  func busyError(_ direction: Direction, _ verb: String) -> any Error {
    if rawValue < 0 { return closedError() }
    let holder = direction.waiter?.holder ?? "nobody"
    return ResourceBusy("\(verb) descriptor \(rawValue)", holder: "green thread \(holder)")
  }
}
