internal import CoreShift
internal import GreenThreads

/// Reads one of a child's output pipes to its end, on a green thread of its own.
///
/// Its end comes with the pipe's. A descendant may hold that open for ever, so ``stopWaiting()``
/// bounds it: what lies in the pipe by then is still read, however slow the sink is, and no more is
/// waited for.
final class OutputDrain {
  private let pipe: Descriptor
  private let stream: CommandStream
  /// How much is still read; nil as long as it takes what comes.
  private var bytesLeft: Int?
  /// It ended before the pipe did.
  private(set) var isCutOff = false

  /// More than a pipe holds, unless somebody privileged has enlarged it.
  private static let mostInPipe = 1 << 20
  private static let bufferSize = 64 << 10

  init(_ pipe: Descriptor, _ stream: CommandStream) {
    self.pipe = pipe
    self.stream = stream
  }

  /// Does the reading.
  ///
  /// Waiting for the child is shielded, because one that is being ended must still be able to
  /// write; a sink that parks is not.
  func run(into collector: OutputCollector, of child: ChildProcess) throws {
    defer { pipe.close() }
    // On the heap: a frame of this size could jump over a stack's guard.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferSize, alignment: 64)
    defer { unsafe buffer.deallocate() }
    while !pipe.isClosed {
      switch unsafe try pipe.readNow(into: buffer) {
      case .bytes(let count):
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if unsafe try collector.take(bytes, from: stream) { child.requestEnd() }
        if isSpent(count) { return isCutOff = true }
      case .end: return
      case .wouldBlock:
        if bytesLeft != nil { return isCutOff = true }
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

  private func isSpent(_ count: Int) -> Bool {
    guard let left = bytesLeft else { return false }
    bytesLeft = left - count
    return left <= count
  }
}
