internal import CoreShift
internal import GreenThreads

/// Reads one of a child's output pipes to its end, on a green thread of its own.
///
/// Its end comes with the pipe's. A descendant may hold that open for ever, so ``stopWaiting()``
/// bounds it: what lies in the pipe by then is still read, however slow the sink is, and no more is
/// waited for.
final class OutputDrain {
  private let pipe: Descriptor
  private let stream: DrainedStream
  private let collector: OutputCollector
  /// What somebody has read ahead.
  private var unread: [UInt8]
  /// How much is still read; nil as long as it takes what comes.
  private var bytesLeft: Int?
  /// Somebody else reads on where this one stops.
  private var leavesOpen = false
  /// It ended before the pipe did.
  private(set) var isCutOff = false

  /// More than a pipe holds, unless somebody privileged has enlarged it.
  private static let mostInPipe = 1 << 20

  init(
    _ pipe: Descriptor, _ stream: DrainedStream, behind unread: [UInt8],
    into collector: OutputCollector
  ) {
    self.pipe = pipe
    self.stream = stream
    self.unread = unread
    self.collector = collector
  }

  /// Does the reading.
  ///
  /// Waiting for the child is shielded, because one that is being ended must still be able to
  /// write; a sink that parks is not.
  func run(for attendance: Attendance) throws {
    defer { if !leavesOpen { pipe.close() } }
    if !unread.isEmpty {
      try collector.take(unread, from: stream)
      unread = []
      attendance.look(at: collector)
    }
    while !pipe.isClosed {
      switch try collector.read(from: pipe, stream) {
      case .bytes(let count):
        attendance.look(at: collector)
        if isSpent(count) { return isCutOff = !leavesOpen }
      case .end: return leavesOpen = false
      case .wouldBlock:
        if bytesLeft != nil { return isCutOff = !leavesOpen }
        do {
          try withCancellationShield { try pipe.waitToRead() }
        } catch is ResourceClosed {}
      }
    }
    isCutOff = true
  }

  /// Reads what is there, and then ends.
  func stopWaiting() {
    bytesLeft = Self.mostInPipe
    pipe.wakeReader()
  }

  /// The same, and leaves the pipe open for what will come.
  func leaveOff() {
    leavesOpen = true
    stopWaiting()
  }

  private func isSpent(_ count: Int) -> Bool {
    guard let left = bytesLeft else { return false }
    bytesLeft = left - count
    return left <= count
  }
}
