import Drift

/// Sends `byteCount` from one end of a connection to the other, 64 KiB at a time, each end a green
/// thread of one OS thread.
func streamBenchmark(byteCount: Int, over kind: String) throws {
  try run {
    let (near, far) = try connection(kind)
    let begin = MonotonicTime.nanoseconds
    let usedBefore = processorSeconds()
    var total = 0
    try withScope { scope in
      scope.spawn {
        let piece = unsafe pageAligned(64 << 10)
        defer { unsafe piece.deallocate() }
        var unsent = byteCount
        while unsent > 0 {
          let count = min(unsent, piece.count)
          let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(piece))
          try near.write(bytes.extracting(first: count))
          unsent -= count
        }
        try near.shutdownWrite()
      }
      let buffer = unsafe pageAligned(64 << 10)
      defer { unsafe buffer.deallocate() }
      var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
      while case let count = try far.read(into: &span), count > 0 { total += count }
    }
    let seconds = Double(MonotonicTime.nanoseconds - begin) / 1e9
    print("bytes", total)
    print("gb_per_s", (Double(total) / seconds / 1e6).rounded() / 1000)
    print("own_cpu_s", ((processorSeconds() - usedBefore) * 1000).rounded() / 1000)
  }
}

/// Where in a page a buffer begins decides how fast the kernel copies, so both programs begin at
/// its start; and each page is written to, since one that never was is the same page of zeros.
private func pageAligned(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
  unsafe buffer.initializeMemory(as: UInt8.self, repeating: 1)
  return unsafe buffer
}

private func connection(_ kind: String) throws -> (any DuplexStream, any DuplexStream) {
  if kind == "memory" { return MemoryStream.pair() }
  if kind == "unix" { return try UnixStream.pair() }
  if kind == "descriptor" {
    let pair = try UnixSocket.makePair()
    let (first, second) = (pair.first.release(), pair.second.release())
    return (
      try Descriptor(adopting: Fd(adopting: first)), try Descriptor(adopting: Fd(adopting: second))
    )
  }
  let listener = try TCPListener(bind: "127.0.0.1", port: 0)
  let near = try TCPStream(connect: listener.localAddress)
  return (near, try listener.accept())
}

/// Copies a file of `byteCount` to a TCP connection whose other end is read by the same OS thread:
/// inside of the kernel, or, if the connection is hidden behind a stream of another type, not.
func sendFileBenchmark(byteCount: Int, by way: String) throws {
  try run {
    try withTemporaryDirectory { directory in
      let path = directory.appending("file")
      let file = try File(opening: path, for: .both, .createNew)
      let block = [UInt8](repeating: 1, count: 1 << 20)
      while file.position < byteCount { try file.write(block) }
      try file.seek(to: 0)
      let (near, far) = try connection("tcp")
      let begin = MonotonicTime.nanoseconds
      let usedBefore = processorSeconds()
      var total = 0
      try withScope { scope in
        scope.spawn {
          try copy(from: file, to: way == "sendfile" ? near : Veiled(near))
          try near.shutdownWrite()
        }
        let buffer = unsafe pageAligned(64 << 10)
        defer { unsafe buffer.deallocate() }
        var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
        while case let count = try far.read(into: &span), count > 0 { total += count }
      }
      let seconds = Double(MonotonicTime.nanoseconds - begin) / 1e9
      print("bytes", total)
      print("gb_per_s", (Double(total) / seconds / 1e6).rounded() / 1000)
      print("own_cpu_s", ((processorSeconds() - usedBefore) * 1000).rounded() / 1000)
    }
  }
}

/// A stream of another type, of which nobody knows that it is a descriptor.
private final class Veiled: WritableStream {
  private let stream: any WritableStream

  init(_ stream: any WritableStream) { self.stream = stream }

  func writeSome(_ bytes: RawSpan) throws -> Int { try stream.writeSome(bytes) }
  func shutdownWrite() throws { try stream.shutdownWrite() }
  func close() { stream.close() }
}

/// Reads so many lines of 60 bytes from memory: what a line costs.
func linesBenchmark(count: Int) throws {
  try run {
    let (near, far) = MemoryStream.pair()
    var total = 0
    var seconds = 0.0
    try withScope { scope in
      scope.spawn {
        let lines = [UInt8](
          [[UInt8]](repeating: [UInt8](repeating: 97, count: 59) + [10], count: 1000).joined())
        for _ in 0..<(count / 1000) { try near.write(lines) }
        near.close()
      }
      let reader = BufferedReader(far)
      let begin = MonotonicTime.nanoseconds
      while let length = try reader.withLine({ $0.byteCount }) { total += length }
      seconds = Double(MonotonicTime.nanoseconds - begin) / 1e9
    }
    print("lines", total / 59)
    print("ns_per_line", (seconds * 1e9 / Double(max(1, total / 59))).rounded())
  }
}
