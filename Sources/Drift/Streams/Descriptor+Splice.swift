internal import CoreShift
internal import GreenThreads

extension Descriptor {
  /// Moves everything up to the end to `target`, inside of the kernel, and adds it to `count`.
  ///
  /// Parks.
  ///
  /// - Returns: false when the kernel cannot, or not any more, and the end has not come.
  func splice(to target: Descriptor, counting count: inout Int) throws -> Bool {
    guard try isPipe || target.isPipe else { return false }
    // Ready on both sides while nothing moves: nothing promises that this cannot be.
    var idleRounds = 0
    while idleRounds < 100 {
      try GreenThread.checkCancellation()
      try requireNoReader()
      try target.requireNoWriter()
      do {
        switch try spliceOnce(to: target) {
        case .end: return true
        case .bytes(let moved):
          count += moved
          idleRounds = 0
          events.traffic.it.written &+= moved
          noteRead(moved)
        case .wouldBlock:
          idleRounds += 1
          if try !withDescriptor({ source throws(CoreError) in try source.isReadable }) {
            try waitForMoreToRead()
          } else if try !target.withDescriptor({ it throws(CoreError) in try it.isWritable }) {
            try target.waitForRoomToWrite()
          }
        }
      } catch let error as CoreError where error.code == .invalidArgument {
        return false
      }
    }
    return false
  }

  private var isPipe: Bool {
    get throws {
      try withDescriptor { descriptor throws(CoreError) in
        try Fd.kind(of: descriptor.rawValue) == .pipe
      }
    }
  }

  private func spliceOnce(to target: Descriptor) throws -> ReadOutcome {
    let number = try target.withDescriptor { it throws(CoreError) in it.rawValue }
    return try withDescriptor { source throws(CoreError) in
      try Fd.borrowing(number) { sink throws(CoreError) in
        try source.splice(to: sink, upTo: bytesPerCopy)
      }
    }
  }
}
