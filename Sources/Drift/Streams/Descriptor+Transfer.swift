internal import CoreShift

// SAFETY: the buffer is the caller's, who is parked in the call meanwhile.

extension Descriptor {
  /// Reads what is there, waiting until there is something; 0 at the end.
  ///
  /// Parks.
  ///
  /// Also 0, at once, for an empty buffer.
  ///
  /// - Throws: `CoreError` of `read`, `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if buffer.count == 0 { return 0 }
    return try readLoop(upTo: buffer.count) { descriptor throws(CoreError) in
      try unsafe descriptor.read(into: buffer)
    } ?? 0
  }

  /// Reads into `buffer` from its start, up to its count; 0 at the end.
  ///
  /// Parks.
  public func read(into buffer: inout [UInt8]) throws -> Int {
    try unsafe buffer.withUnsafeMutableBytes { try unsafe read(into: $0) }
  }

  /// Writes all of `bytes`, waiting whenever there is no room.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `write`, such as EPIPE, `Cancelled`, `ResourceClosed`,
  ///   `ResourceBusy`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = unsafe bytes
    while rest.count > 0 {
      let count = try writeLoop { descriptor throws(CoreError) in
        try unsafe descriptor.write(rest)
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Writes all of `bytes`.
  ///
  /// Parks.
  public func write(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }

  /// Writes all of `bytes`.
  ///
  /// Parks.
  public func write(_ bytes: ArraySlice<UInt8>) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe write($0) }
  }
}
