internal import CoreShift
internal import GreenThreads

/// Where one of a child's outputs is read, if the command captures it.
///
/// Line by line: `while let line = try child.standardOutput.readLine() { … }`. Or let
/// ``ChildProcess/output(limit:until:sink:)`` collect it; what was read before is not collected.
/// While nobody does either, the child is held back once the pipe is full.
public final class ChildOutput: ReadableStream {
  /// Nil unless captured.
  let pipe: Descriptor?
  /// What reads lines, and ahead; nil until somebody wants one.
  private var lineReader: BufferedReader?
  /// Nobody has read of it yet, or could have.
  private var isUntouched = true
  /// Somebody collects it, who may be parked elsewhere, as in his sink.
  @safe @exclusivity(unchecked) private var isCollected = false

  init(_ pipe: Descriptor?) {
    self.pipe = pipe
  }

  /// Reads what is there, waiting until there is something; 0 at the end, which comes when every
  /// process that has the output has closed it.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `read`; `Cancelled`; `ResourceBusy`; `ResourceClosed`, also where the
  ///   output is not captured.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    isUntouched = false
    if let lineReader { return try lineReader.read(into: &buffer) }
    return try openPipe.read(into: &buffer)
  }

  /// The next line without its end (LF, or CR LF), waiting until it is whole; nil at the end.
  ///
  /// Parks. What is not UTF-8 is U+FFFD; for other pieces, put a ``BufferedReader`` around this.
  ///
  /// - Parameter limit: the longest line, in bytes.
  /// - Returns: the line, or nil.
  /// - Throws: as ``BufferedReader/readLine(limit:)``; `ResourceClosed` where the output is not
  ///   captured.
  public func readLine(limit: Int = BufferedReader.defaultLimit) throws -> String? {
    try reader.readLine(limit: limit)
  }

  private var reader: BufferedReader {
    get throws {
      if let lineReader { return lineReader }
      isUntouched = false
      let reader = BufferedReader(try openPipe)
      lineReader = reader
      return reader
    }
  }

  private var openPipe: Descriptor {
    get throws {
      guard let pipe else { throw ResourceClosed("an output that is not captured") }
      return pipe
    }
  }

  /// Throws `ResourceBusy` while a green thread reads of it, from whom bytes would be taken.
  func requireNoReader() throws {
    guard let pipe, !pipe.isClosed else { return }
    if isCollected {
      throw ResourceBusy("the output of a child", holder: "a green thread that collects it")
    }
    try lineReader?.requireIdle()
    try pipe.requireNoReader()
  }

  /// What reads it to its end, as `stream`; nil where there is nothing to read.
  func drain(as stream: DrainedStream, into collector: OutputCollector) throws -> OutputDrain? {
    guard let pipe, !pipe.isClosed else { return nil }
    let drain = OutputDrain(pipe, stream, behind: try takeUnread(), into: collector)
    if isUntouched { drain.waitFirst() }
    isUntouched = false
    isCollected = true
    return drain
  }

  /// Whoever collects it has ended.
  func endCollecting() { isCollected = false }

  /// What was read ahead and wanted by nobody.
  private func takeUnread() throws -> [UInt8] {
    guard let lineReader, lineReader.bufferedCount > 0 else { return [] }
    return try lineReader.takeUnread()
  }

  /// Ends the reading: a child that still writes gets SIGPIPE.
  ///
  /// Again, or where there is none: no effect. Does not park.
  public func close() {
    lineReader?.close()
    pipe?.close()
  }
}

extension ChildOutput: DescriptorStream {
  // What reads lines has bytes of its own, which come first.
  var streamDescriptor: Descriptor? {
    isUntouched = false
    return lineReader == nil ? pipe : nil
  }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension ChildOutput: Sendable {}
