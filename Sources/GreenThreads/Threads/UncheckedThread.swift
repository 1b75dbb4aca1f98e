/// A record as inlinable code may carry it: a green thread's own, or that of one to begin later.
@usableFromInline
@safe
struct UncheckedThread {
  // SAFETY: a record's address; records do not move. Its last bit is set where the record is a
  // `DelayedRecord`: both begin at whole cache lines.
  @usableFromInline let address: UnsafeMutableRawPointer

  init(_ record: ThreadReference) {
    unsafe address = UnsafeMutableRawPointer(record.pointer)
  }

  init(_ record: DelayedReference) {
    unsafe address = UnsafeMutableRawPointer(record.pointer) + 1
  }

  @inlinable
  var isDelayed: Bool {
    @inline(__always) get { unsafe UInt(bitPattern: address) & 1 != 0 }
  }

  /// That of one to begin later, if it is such a one's.
  var delayed: DelayedReference? {
    @inline(__always)
    get {
      guard isDelayed else { return nil }
      return unsafe DelayedReference((address - 1).assumingMemoryBound(to: DelayedRecord.self))
    }
  }

  /// The green thread's own record, which one that was to begin later gets now.
  var record: ThreadReference {
    @inline(__always)
    get {
      if let delayed { return delayed.it.home.it.scheduler.thread(of: delayed) }
      return unsafe ThreadReference(address.assumingMemoryBound(to: ThreadRecord.self))
    }
  }

  /// The same, if it is still that one's.
  @inline(__always)
  func record(numbered serial: UInt64) -> ThreadReference? {
    if let delayed, delayed.it.serial != serial { return nil }
    let record = record
    return record.it.serial == serial ? record : nil
  }

  /// Where the payload lies in a record, and the closure in that of one to begin later: numbers
  /// that callers' modules know, and that `requireLayout` checks.
  @inlinable
  static var payloadOffset: Int { 192 }
  @inlinable
  static var bodyOffset: Int { 96 }

  /// That of a green thread's own record.
  @inlinable
  var payload: Payload {
    unsafe Payload(address + Self.payloadOffset)
  }

  /// Where its closure lies before it begins.
  @inlinable
  var body: Payload {
    isDelayed ? unsafe Payload(address - 1 + Self.bodyOffset) : payload
  }
}
