internal import CoreShift
internal import GreenThreads

/// One direction of a memory stream: what has been written and not been read yet.
final class MemoryPipe {
  /// What the end that writes has come to.
  private enum Sending { case open, ended, closed }

  private let capacity: Int
  private var bytes: [UInt8] = []
  /// Where the unread ones begin.
  private var start = 0
  private var reader: WakeTicket?
  private var writer: WakeTicket?
  private var sending = Sending.open
  /// Nobody will read any more.
  private(set) var isAbandoned = false
  /// The end that writes was closed with unread bytes of the other direction, and the reader has
  /// not been told yet.
  private var endsByReset = false
  /// One end has broken the connection, which the other one is told.
  private var isReset = false

  static var closedError: ResourceClosed { ResourceClosed("a memory stream") }

  init(capacity: Int) {
    self.capacity = capacity
  }

  var unread: Int { bytes.count - start }

  /// Reads what is there, waiting until there is something; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try GreenThread.checkCancellation()
    if !isAbandoned, let reader { throw ResourceBusy("reading a memory stream", holder: reader) }
    while true {
      if isAbandoned { throw Self.closedError }
      if isReset { throw CoreError(operation: "read", code: .connectionReset) }
      if unread > 0 { break }
      if endsByReset {
        endsByReset = false
        throw CoreError(operation: "read", code: .connectionReset)
      }
      if sending != .open { return 0 }
      let ticket = WakeTicket()
      reader = ticket
      defer { reader = nil }
      try GreenThread.park(ticket, for: ParkReason("to read a memory stream"))
    }
    let count = min(unread, buffer.count)
    // SAFETY: `count` fits into both, and nobody else has either meanwhile.
    unsafe bytes.withUnsafeBytes { all in
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<start + count]))
    }
    drop(count)
    writer?.wake()
    return count
  }

  /// Takes what there is room for, waiting until there is some.
  func write(_ more: UnsafeRawBufferPointer) throws -> Int {
    try GreenThread.checkCancellation()
    if sending != .closed, let writer {
      throw ResourceBusy("writing a memory stream", holder: writer)
    }
    while true {
      if sending == .closed { throw Self.closedError }
      if isReset { throw CoreError(operation: "write", code: .connectionReset) }
      if sending == .ended || isAbandoned {
        throw CoreError(operation: "write", code: .brokenPipe)
      }
      if unread < capacity { break }
      let ticket = WakeTicket()
      writer = ticket
      defer { writer = nil }
      try GreenThread.park(ticket, for: ParkReason("to write a memory stream"))
    }
    let count = min(more.count, capacity - unread)
    unsafe bytes.append(contentsOf: more[..<count])
    reader?.wake()
    return count
  }

  /// The end that writes sends no more.
  func end() {
    if sending == .open { sending = .ended }
    reader?.wake()
    writer?.wake()
  }

  /// The end that writes is closed, and may have left so many bytes of the other direction unread.
  func close(leaving unread: Int) {
    if sending != .closed { endsByReset = unread > 0 }
    sending = .closed
    reader?.wake()
    writer?.wake(.closed)
  }

  /// The end that reads is closed: what is unread is nobody's.
  func abandon() {
    isAbandoned = true
    bytes = []
    start = 0
    reader?.wake(.closed)
    writer?.wake()
  }

  /// One end has broken the connection: what is unread is lost.
  func reset() {
    isReset = true
    bytes = []
    start = 0
    reader?.wake()
    writer?.wake()
  }

  private func drop(_ count: Int) {
    start += count
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    } else if start >= capacity {
      bytes.removeSubrange(..<start)
      start = 0
    }
  }
}

extension ResourceBusy {
  fileprivate init(_ resource: String, holder: WakeTicket) {
    self.init(resource, holder: "green thread \(holder.holder)")
  }
}
