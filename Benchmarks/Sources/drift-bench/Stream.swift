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
        let piece = [UInt8](repeating: 0, count: 64 << 10)
        var unsent = byteCount
        while unsent > 0 {
          try near.write(piece.prefix(unsent))
          unsent -= min(unsent, piece.count)
        }
        try near.shutdownWrite()
      }
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = try far.read(into: &buffer), count > 0 { total += count }
    }
    let seconds = Double(MonotonicTime.nanoseconds - begin) / 1e9
    print("bytes", total)
    print("gb_per_s", (Double(total) / seconds / 1e6).rounded() / 1000)
    print("own_cpu_s", ((processorSeconds() - usedBefore) * 1000).rounded() / 1000)
  }
}

private func connection(_ kind: String) throws -> (any DuplexStream, any DuplexStream) {
  if kind == "memory" { return MemoryStream.pair() }
  if kind == "unix" {
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
