internal import CoreShift
internal import GreenThreads

/// Collects small writes, and passes them on together.
///
/// Nothing is sent until the buffer is full or ``flush()`` is called: flush before you wait for an
/// answer, and at the end. ``shutdownWrite()`` flushes; ``close()`` does not, since it never parks,
/// and neither does letting go of the writer: what ``unflushedCount`` counts is lost then.
/// A write that does not fit goes out together with what was collected, in one system call where
/// the stream can do that.
///
/// An error of the stream loses nothing: what was not taken stays collected. One green thread at a
/// time; a second one gets `ResourceBusy`.
public final class BufferedWriter: WritableStream {
  @safe
  private struct State {
    // SAFETY: `start...end` lies within `memory`, which is this value's own until the deinit.
    var memory: UnsafeMutableRawBufferPointer
    var start = 0
    var end = 0
    var isBusy = false
    var isClosed = false

    var collected: UnsafeRawBufferPointer {
      unsafe UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }
    var roomCount: Int { unsafe memory.count - end }
    var room: UnsafeMutableRawBufferPointer {
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[end...])
    }

    mutating func drop(_ count: Int) {
      if !(1...(end - start) ~= count) { refuseTaken(count, of: end - start) }
      start += count
      if start == end {
        start = 0
        end = 0
      }
    }
  }

  private let stream: any WritableStream
  private let state: Cell<State>

  /// Writes to `stream`.
  ///
  /// - Parameters:
  ///   - stream: what nobody else should write to from now on.
  ///   - capacity: how many bytes to collect, one or more.
  public init(_ stream: any WritableStream, capacity: Int = 16 << 10) {
    if capacity < 1 { fatalError("a buffer of \(capacity) bytes: give one or more") }
    self.stream = stream
    unsafe state = Cell(State(memory: .allocate(byteCount: capacity, alignment: 16)))
  }

  deinit {
    unsafe state.it.memory.deallocate()
    state.destroy()
  }

  /// How many bytes have been written here and not been passed on.
  public var unflushedCount: Int { state.it.end - state.it.start }

  /// Takes as many of `bytes` as there is room for, at least one.
  ///
  /// Parks only when they do not fit.
  ///
  /// - Throws: `Cancelled`; `ResourceClosed`; `ResourceBusy`; what the stream's own writes throw,
  ///   and then none of `bytes` was taken.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    try begin()
    defer { state.it.isBusy = false }
    if bytes.byteCount <= state.it.roomCount { return collect(bytes) }
    while unflushedCount > 0 {
      let collected = unflushedCount
      // SAFETY: the memory stays: whoever else calls while this one is parked is turned away.
      let taken = try unsafe stream.writeSome(state.it.collected.bytes, then: bytes)
      state.it.drop(min(taken, collected))
      if taken > collected { return taken - collected }
      if bytes.byteCount <= state.it.roomCount { return collect(bytes) }
    }
    return try stream.writeSome(bytes)
  }

  /// Passes on everything that has been written here.
  ///
  /// Parks.
  ///
  /// - Throws: what the stream's own writes throw, `Cancelled`, `ResourceClosed`, `ResourceBusy`;
  ///   ``unflushedCount`` says how much is left, and a later call goes on with it.
  public func flush() throws {
    try begin()
    defer { state.it.isBusy = false }
    while unflushedCount > 0 {
      let taken = try unsafe stream.writeSome(state.it.collected.bytes)
      state.it.drop(taken)
    }
  }

  /// Flushes, and ends the stream's sending.
  ///
  /// Parks, to flush. Again: no effect.
  ///
  /// - Throws: what ``flush()`` throws, and then the sending has not ended; what the stream's own
  ///   `shutdownWrite` throws.
  public func shutdownWrite() throws {
    if unflushedCount > 0 { try flush() }
    if state.it.isClosed { throw Self.closedError }
    // It would be cut off.
    if state.it.isBusy { throw Self.busyError }
    try stream.shutdownWrite()
  }

  /// Closes the stream, without flushing.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    state.it.isClosed = true
    stream.close()
  }

  private static var closedError: ResourceClosed { ResourceClosed("a buffered writer") }

  private static var busyError: ResourceBusy {
    ResourceBusy("a buffered writer", holder: "a call that has not ended")
  }

  private func begin() throws {
    try GreenThread.checkCancellation()
    if state.it.isClosed { throw Self.closedError }
    if state.it.isBusy { throw Self.busyError }
    state.it.isBusy = true
  }

  private func collect(_ bytes: RawSpan) -> Int {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe state.it.room.copyMemory(from: bytes)
      state.it.end += bytes.count
      return bytes.count
    }
  }
}

@available(*, unavailable, message: "a writer stays on its scheduler's OS thread")
extension BufferedWriter: Sendable {}
