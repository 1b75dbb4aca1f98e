internal import CoreShift
internal import GreenThreads

/// Reads one of a child's output pipes to its end.
///
/// Its end comes with the pipe's. A descendant may hold that open for ever, so ``stopWaiting()``
/// bounds it: what lies in the pipe by then is still read, however slow the sink is, and no more is
/// waited for.
final class OutputDrain {
  private let pipe: Descriptor
  private let stream: DrainedStream
  private let collector: OutputCollector
  /// What somebody has read ahead.
  @safe @exclusivity(unchecked) private var unread: [UInt8]
  /// How much is still read; nil as long as it takes what comes.
  @safe @exclusivity(unchecked) private var bytesLeft: Int?
  /// Somebody else reads on where this one stops.
  @safe @exclusivity(unchecked) private var leavesOpen = false
  /// Whether nothing is read any more.
  @safe @exclusivity(unchecked) private(set) var isEnded = false
  /// It ended before the pipe did.
  @safe @exclusivity(unchecked) private(set) var isCutOff = false
  /// The last read found something, or there was none yet.
  @safe @exclusivity(unchecked) private var mayHaveMore = true

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

  /// Whether its collector hands bytes to a sink, which may park.
  var hasSink: Bool { collector.hasSink }

  /// Begins with the pipe's first edge: nothing has been read of it, so that none is lost.
  func waitFirst() {
    mayHaveMore = !unread.isEmpty
  }

  /// Reads next without being told to: its child has ended, and what it wrote is there.
  func lookAgain() {
    mayHaveMore = true
  }

  /// Does all the reading, on a green thread of its own.
  ///
  /// Waiting for the child is shielded, because one that is being ended must still be able to
  /// write; a sink that parks is not.
  func run(for attendance: Attendance) throws {
    while !isEnded {
      try readOnce(for: attendance)
      if isEnded || mayHaveMore { continue }
      do {
        try withCancellationShield { try pipe.waitToRead() }
      } catch is ResourceClosed {
        // The next look finds the pipe closed, and the output cut off.
      } catch {
        end(for: error)
        throw error
      }
      mayHaveMore = true
    }
  }

  /// Reads once if there may be something to read.
  ///
  /// - Returns: whether something was read, or has ended.
  /// - Throws: what the pipe or the sink throws; it has ended then.
  @discardableResult
  func readOnce(for attendance: Attendance) throws -> Bool {
    if isEnded || !(mayHaveMore || pipe.takeReaderNote()) { return false }
    // What was read ahead may have asked for the end, of which nothing else tells.
    let hadUnread = !unread.isEmpty
    do {
      if hadUnread {
        try collector.take(unread, from: stream)
        unread = []
        attendance.look(at: collector)
      }
      guard !pipe.isClosed else {
        end(cutOff: true)
        return true
      }
      switch try collector.read(from: pipe, stream) {
      case .bytes(let count):
        mayHaveMore = true
        attendance.look(at: collector)
        if isSpent(count) { end(cutOff: !leavesOpen) }
      case .end:
        leavesOpen = false
        end(cutOff: false)
      case .wouldBlock:
        mayHaveMore = false
        if bytesLeft != nil { end(cutOff: !leavesOpen) }
      }
    } catch {
      end(cutOff: false)
      throw error
    }
    return isEnded || mayHaveMore || hadUnread
  }

  /// What another green thread reads stays open for it.
  private func end(for error: any Error) {
    if error is ResourceBusy { leavesOpen = true }
    end(cutOff: false)
  }

  private func end(cutOff: Bool) {
    isEnded = true
    isCutOff = cutOff
    if !leavesOpen { pipe.close() }
  }

  /// Has the pipe's next edge use `ticket`.
  ///
  /// - Throws: what keeps it from being waited for; it has ended then.
  func enlist(_ ticket: WakeTicket) throws {
    if isEnded { return }
    do {
      try pipe.enlistReader(ticket)
    } catch is ResourceClosed {
      end(cutOff: true)
    } catch {
      end(for: error)
      throw error
    }
  }

  func withdraw(_ ticket: WakeTicket) {
    pipe.withdraw(ticket, .reading)
  }

  /// Reads what is there, and then ends; whoever does the reading goes on with it.
  func stopWaiting() {
    if isEnded { return }
    bytesLeft = Self.mostInPipe
    mayHaveMore = true
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
