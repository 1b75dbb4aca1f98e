internal import CoreShift
internal import GreenThreads

extension Descriptor {
  /// Moves what comes to `target` through a pipe, inside of the kernel, and adds it to `count`: for
  /// two sockets, between which no single call does that.
  ///
  /// Parks. Returns when a read must go on, or find the end; nothing is in the pipe then. What is
  /// in it when this throws is lost.
  func relay(to target: Descriptor, counting count: inout Int) throws {
    // Short of descriptors a buffer does it.
    guard try isSocket && target.isSocket, let pipe = try? Pipe() else { return }
    let exit = pipe.readEnd
    let entrance = pipe.writeEnd
    // A user with very many of them has smaller ones.
    _ = try? entrance.setPipeCapacity(bytesPerRelay)
    // Readable, and yet nothing moves: at urgent data, behind which splice does not go.
    var idleRounds = 0
    while idleRounds < 100 {
      try GreenThread.checkCancellation()
      try requireNoReader()
      switch try fill(entrance) {
      // The kernel cannot; or the end, or such a stop: a read tells.
      case nil, .end: return
      case .wouldBlock:
        idleRounds += 1
        if try !withDescriptor({ it throws(CoreError) in try it.isReadable }) {
          try waitForMoreToRead()
        }
      case .bytes(let taken):
        idleRounds = 0
        events.traffic.it.read &+= taken
        try target.empty(exit, of: taken, counting: &count)
      }
    }
  }

  /// Nil when the kernel cannot.
  private func fill(_ entrance: borrowing Fd) throws -> ReadOutcome? {
    let number = entrance.rawValue
    do {
      return try withDescriptor { source throws(CoreError) in
        try Fd.borrowing(number) { entrance throws(CoreError) in
          try source.splice(to: entrance, upTo: bytesPerRelay)
        }
      }
    } catch let error as CoreError where error.code == .invalidArgument {
      return nil
    }
  }

  private func empty(_ exit: borrowing Fd, of taken: Int, counting count: inout Int) throws {
    var left = taken
    while left > 0 {
      try requireNoWriter()
      switch try drain(exit, upTo: left) {
      case .bytes(let moved):
        left -= moved
        count += moved
        noteWritten(moved)
      case .wouldBlock: try waitForRoomToWrite()
      // Nothing was taken, and nothing says when something will be.
      case .end:
        throw CoreError(
          operation: "splice", code: .inputOutput, subject: .descriptor(rawValue))
      }
    }
  }

  private var isSocket: Bool {
    get throws {
      try withDescriptor { descriptor throws(CoreError) in
        try Fd.kind(of: descriptor.rawValue) == .socket
      }
    }
  }

  private func drain(_ exit: borrowing Fd, upTo limit: Int) throws -> ReadOutcome {
    let number = exit.rawValue
    return try withDescriptor { target throws(CoreError) in
      let sink = target.rawValue
      do throws(CoreError) {
        return try Fd.borrowing(number) { exit throws(CoreError) in
          try Fd.borrowing(sink) { sink throws(CoreError) in
            try exit.splice(to: sink, upTo: limit)
          }
        }
      } catch {
        // Nothing is wrong with a pipe of our own, of which nobody else knows.
        throw CoreError(
          operation: error.operation, code: error.code, subject: .descriptor(sink))
      }
    }
  }
}

/// What the pipe between two sockets holds: a quarter of the calls that 64 KiB take.
private let bytesPerRelay = 256 << 10
