// The code of the article "Coming from SwiftNIO".
import Drift

func serve() throws {
  let listener = try TCPListener(bind: "::1", port: 9999, options: [.noDelay])
  try listener.serve(limit: 10_000, draining: .seconds(5), onFailure: { print($0) }) { stream in
    try echo(over: stream)
  }
}

func echo(over stream: TCPStream) throws {
  var buffer = [UInt8](repeating: 0, count: 16 << 10)
  while case let count = try stream.read(into: &buffer), count > 0 {
    try stream.write(buffer[..<count])
  }
}

/// A frame is its length, four bytes in network order, and then its bytes.
func readFrame(from reader: BufferedReader, limit: Int) throws -> [UInt8]? {
  if try reader.peek(1).isEmpty { return nil }
  let length = try reader.readExactly(4).reduce(0) { $0 << 8 | Int($1) }
  guard length <= limit else { throw LimitExceeded("bytes of a frame", limit: limit) }
  return try reader.readExactly(length)
}

func answerFrames(over stream: any DuplexStream) throws {
  let reader = BufferedReader(stream)
  let writer = BufferedWriter(stream)
  while let frame = try withTimeout(.seconds(60), { try readFrame(from: reader, limit: 1 << 20) }) {
    let length = UInt32(frame.count)
    try writer.write((0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
    try writer.write(frame)
    if reader.bufferedCount == 0 { try writer.flush() }
  }
  try writer.flush()
}

func testFrames() throws {
  try run(on: VirtualTime()) {
    let (client, server) = MemoryStream.pair()
    try withScope { scope in
      scope.spawn {
        defer { server.close() }
        try answerFrames(over: server)
      }
      try client.write([0, 0, 0, 2, 7, 8])
      try client.shutdownWrite()
      let echoed = try client.readAll(limit: 100)
      precondition(echoed == [0, 0, 0, 2, 7, 8])
    }
  }
}

try testFrames()
print("passed")
