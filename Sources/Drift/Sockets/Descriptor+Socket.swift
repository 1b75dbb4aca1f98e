internal import CoreShift

// What all stream sockets are read and written by. Inlined, because of what a frame costs behind a
// system call: the processor has forgotten where to return to.

// SAFETY: the memory is the caller's, who is parked in the call meanwhile.

extension Descriptor {
  @inline(__always)
  func receive(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if buffer.count == 0 { return 0 }
    return try readLoop(upTo: buffer.count) { socket throws(CoreError) in
      try unsafe Socket.receive(buffer, from: socket)
    } ?? 0
  }

  @inline(__always)
  func receive(into buffer: inout MutableRawSpan) throws -> Int {
    try unsafe buffer.withUnsafeMutableBytes { try unsafe receive(into: $0) }
  }

  @inline(__always)
  func sendSome(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    if bytes.count == 0 { return 0 }
    return try writeLoop(of: bytes.count) { socket throws(CoreError) in
      try unsafe Socket.send(bytes, to: socket)
    }
  }

  @inline(__always)
  func sendSome(_ bytes: RawSpan) throws -> Int {
    try unsafe bytes.withUnsafeBytes { try unsafe sendSome($0) }
  }

  @inline(__always)
  func sendAll(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = unsafe bytes
    while rest.count > 0 {
      let count = try unsafe sendSome(rest)
      if count == rest.count { return }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  func sendSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    if first.byteCount == 0 && second.byteCount == 0 { return 0 }
    return try writeLoop(of: first.byteCount + second.byteCount) { socket throws(CoreError) in
      try Socket.send(first, then: second, to: socket)
    }
  }

  func sendSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    try unsafe withPieces(pieces, behind: taken) { pieces in
      let count = unsafe pieces.reduce(0) { $0 + $1.count }
      if count == 0 { return 0 }
      return try writeLoop(of: count) { socket throws(CoreError) in
        try unsafe Socket.send(gathering: pieces, to: socket)
      }
    }
  }
}
