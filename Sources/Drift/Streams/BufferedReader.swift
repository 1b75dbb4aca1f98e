internal import CoreShift
internal import GreenThreads

/// Reads lines, and pieces of other kinds, from a stream that gives bytes as they come.
///
/// It reads ahead, so that everything behind the first read should go through it; it is a stream
/// itself. Each piece is whole or an error, and has a limit, so that a peer cannot make it take
/// memory without end. A piece that is lent, by the methods that take a closure, costs no
/// allocation.
///
/// One green thread at a time; a second one gets `ResourceBusy`, and so does a call from within a
/// closure that has a piece on loan. Closing it closes its stream; letting go of it does not.
public final class BufferedReader: ReadableStream {
  struct State {
    var buffer: ReadBuffer
    var isBusy = false
    var isClosed = false
  }

  private let stream: any ReadableStream
  private let state: Cell<State>

  /// The longest line that ``readLine(limit:)`` takes unless it is told otherwise, in bytes.
  public static var defaultLimit: Int { 65_536 }

  /// Reads from `stream`.
  ///
  /// - Parameters:
  ///   - stream: what nobody else should read from now on.
  ///   - capacity: how many bytes to read ahead at most, one or more; the buffer grows where a
  ///     piece is longer.
  public init(_ stream: any ReadableStream, capacity: Int = 16 << 10) {
    if capacity < 1 { fatalError("a buffer of \(capacity) bytes: give one or more") }
    self.stream = stream
    state = Cell(State(buffer: ReadBuffer(capacity: capacity)))
  }

  deinit {
    state.it.buffer.deallocate()
    state.destroy()
  }

  /// How many bytes have been read ahead.
  public var bufferedCount: Int { state.it.buffer.count }

  /// Reads what is there into `buffer` from its start: first what was read ahead.
  ///
  /// Parks.
  ///
  /// - Throws: what the stream's own read throws; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    try begin()
    defer { end() }
    if state.it.buffer.count == 0 {
      if buffer.byteCount >= state.it.buffer.capacity { return try stream.read(into: &buffer) }
      if try !fill() { return 0 }
    }
    let count = min(buffer.byteCount, state.it.buffer.count)
    // SAFETY: the buffer is not changed while it is copied from, and `count` fits into both.
    unsafe buffer.withUnsafeMutableBytes { target in
      unsafe target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: state.it.buffer.unread[..<count]))
    }
    state.it.buffer.drop(count)
    return count
  }

  /// Closes the stream; what was read ahead is gone.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    state.it.isClosed = true
    stream.close()
  }

  // MARK: - For the kinds of pieces

  /// Every call begins with this, and then ends with ``end()``: the buffer is the caller's.
  @usableFromInline
  func begin() throws {
    try GreenThread.checkCancellation()
    try occupy()
  }

  private func occupy() throws {
    if state.it.isClosed { throw ResourceClosed("a buffered reader") }
    if state.it.isBusy {
      throw ResourceBusy("a buffered reader", holder: "a call that has not ended")
    }
    state.it.isBusy = true
  }

  @usableFromInline
  func end() {
    state.it.isBusy = false
  }

  /// Reads more behind what is there; false at the end.
  func fill(for wanted: Int = 0) throws -> Bool {
    state.it.buffer.makeRoom(for: wanted)
    // SAFETY: the memory stays: whoever else calls while this one is parked is turned away.
    var room = unsafe state.it.buffer.room.mutableBytes
    let count = try stream.read(into: &room)
    if state.it.isClosed { throw ResourceClosed("a buffered reader") }
    state.it.buffer.note(count)
    return count > 0
  }

  /// Throws `ResourceBusy` during a call of another green thread's, and while a piece is lent.
  func requireIdle() throws {
    if state.it.isClosed { return }
    try occupy()
    end()
  }

  /// Takes what has been read ahead, also on a green thread that is cancelled.
  func takeUnread() throws -> [UInt8] {
    try occupy()
    defer { end() }
    let bytes = unsafe Array(unread)
    state.it.buffer.drop(bytes.count)
    return bytes
  }

  /// What has been read ahead; good until ``fill(for:)``.
  var unread: UnsafeRawBufferPointer { unsafe state.it.buffer.unread }

  /// Gives the first `count` bytes out; `kept` of them are good until the next ``begin()``.
  func take(_ count: Int, keeping kept: Int) -> UnsafeRawBufferPointer {
    let piece = unsafe UnsafeRawBufferPointer(rebasing: unread[..<kept])
    state.it.buffer.drop(count)
    return unsafe piece
  }
}

@available(*, unavailable, message: "a reader stays on its scheduler's OS thread")
extension BufferedReader: Sendable {}
