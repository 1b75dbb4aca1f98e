internal import CoreShift
internal import GreenThreads

// How a copy from a file goes on inside of the kernel, by workers, since a disk may be waited for.

extension File {
  /// Sends everything from the position on to a socket or a pipe, by `sendfile(2)`, and adds it to
  /// `count`.
  ///
  /// Parks.
  ///
  /// - Returns: false when the kernel cannot, or not any more, and the end has not come.
  func send(to target: Descriptor, counting count: inout Int) throws -> Bool {
    try moving {
      // The number is the worker's own: the target may be closed meanwhile, and the number used
      // again. Short of descriptors a buffer does it; what else is wrong the next write tells.
      let copied = try? target.withDescriptor { it throws(CoreError) in try it.duplicate() }
      guard let copy = copied else { return false }
      let sink = SentTo(copy)
      while true {
        try GreenThread.checkCancellation()
        let (file, offset) = (try current(), position)
        do {
          // What has been sent by then is counted, whoever cancels; the target never waits.
          let outcome = try target.whileWriting {
            try withCancellationShield {
              try changingDisk("send") { try file.send(from: offset, to: sink) }
            }
          }
          switch outcome {
          case .bytes(let sent):
            position += Int64(sent)
            count += sent
            target.events.traffic.it.written &+= sent
          case .end: return true
          case .wouldBlock: try target.waitToWrite()
          }
        } catch let error as CoreError where error.meansNoCopy {
          return false
        }
      }
    }
  }

  /// Where a copy to where `target` stands has to stop, since the file grows with it; nil unless
  /// both are one file.
  ///
  /// Parks.
  func endOfCopy(to target: File) throws -> Int64? {
    let (source, sink) = (try current(), try target.current())
    let (status, other) = try readingDisk("stat") {
      let status = try source.lend { it throws(CoreError) in try it.status() }
      return (status, try sink.lend { it throws(CoreError) in try it.status() })
    }
    guard status.identity == other.identity, status.kind == .regular else { return nil }
    let place = target.appends ? status.size : target.position
    if self !== target, place > position, place < status.size {
      throw CoreError(
        operation: "copy_file_range", code: .invalidArgument, subject: .argument("position"))
    }
    return status.size
  }

  /// Copies everything from this position on to where `target` stands, by `copy_file_range(2)`, and
  /// adds it to `count`.
  ///
  /// Parks.
  ///
  /// - Returns: false when the kernel cannot, or not any more, and the end may not have come.
  func copyRest(to target: File, counting count: inout Int) throws -> Bool {
    if self === target || target.appends { return false }
    return try moving {
      try target.moving {
        var copied = 0
        while true {
          try GreenThread.checkCancellation()
          let (source, sink) = (try current(), try target.current())
          let (from, to) = (position, target.position)
          do {
            let moved = try withCancellationShield {
              try changingDisk("copy") {
                try source.copy(at: from, to: sink, at: to, count: 16 << 20)
              }
            }
            // Files of /proc and the like say that they are empty.
            if moved == 0 { return copied > 0 }
            copied += moved
            position += Int64(moved)
            target.position += Int64(moved)
            count += moved
          } catch let error as CoreError where error.meansNoCopy {
            return false
          }
        }
      }
    }
  }
}

/// A second number of what a file is sent to, for a worker to keep.
private final class SentTo: Sendable {
  let descriptor: Fd

  init(_ descriptor: consuming Fd) {
    self.descriptor = descriptor
  }
}

extension OpenFile {
  /// One step, in a worker.
  fileprivate func send(from offset: Int64, to sink: SentTo) throws(CoreError) -> ReadOutcome {
    try lend { source throws(CoreError) in
      try source.sendFile(at: offset, to: sink.descriptor, upTo: 1 << 20)
    }
  }
}
