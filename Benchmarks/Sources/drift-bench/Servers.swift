import Drift

/// Every connection is a green thread that reads and writes back.
func serveEcho(port: UInt16) throws {
  try serve(port: port) { try echo($0) }
}

/// Writes back what comes, until the end.
func echo(_ stream: TCPStream) throws {
  // On the green thread's own stack: an idle connection costs one page, all in.
  try withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { buffer in
    while case let count = try stream.read(into: buffer), count > 0 {
      try stream.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}

/// Every blank line gets the same answer, so that requests may be pipelined.
func serveHello(port: UInt16) throws {
  let reply = Array(
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!".utf8)
  try serve(port: port) { stream in
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    var requestEnd = RequestEnd()
    var replies: [UInt8] = []
    while case let count = try stream.read(into: &buffer), count > 0 {
      replies.removeAll(keepingCapacity: true)
      for byte in buffer[..<count] where requestEnd.take(byte) { replies += reply }
      if !replies.isEmpty { try stream.write(replies) }
    }
  }
}

/// Finds `\r\n\r\n`, also when it is split over reads.
private struct RequestEnd {
  private var matched = 0

  mutating func take(_ byte: UInt8) -> Bool {
    let expected: UInt8 = matched & 1 == 0 ? 13 : 10
    matched = byte == expected ? matched + 1 : (byte == 13 ? 1 : 0)
    if matched < 4 { return false }
    matched = 0
    return true
  }
}

private func serve(port: UInt16, _ handle: @escaping (TCPStream) throws -> Void) throws {
  try run {
    let listener = try TCPListener(bind: "127.0.0.1", port: port, backlog: 4096)
    // A connection that ends badly ends alone.
    try withScope(isolatingFailures: { _ in }) { connections in
      while true {
        let stream = try listener.accept()
        try stream.setNoDelay()
        connections.spawn {
          defer { stream.close() }
          try handle(stream)
        }
      }
    }
  }
}
