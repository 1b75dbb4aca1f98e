import Drift

/// `count` connections that wait for a request: memory of the server for each, all in but the
/// kernel's.
func idleConnectionsBenchmark(count: Int) throws {
  try run {
    let listener = try TCPListener(bind: "127.0.0.1", port: 0, backlog: 4096)
    let before = memoryInUse()
    var waiting = 0
    try withScope { scope in
      let serving = scope.spawn {
        try listener.serve(limit: count, draining: .zero, onFailure: { _ in }) { stream in
          waiting += 1
          try echo(stream)
        }
      }
      let clients = try Command(
        "/proc/self/exe", "hold-connections", "\(listener.localAddress.port)", "\(count)"
      ).start()
      while waiting < count { try GreenThread.sleep(for: .milliseconds(5)) }
      let after = memoryInUse()
      print("connections", count)
      print("rss_bytes_per", Double(after.resident - before.resident) / Double(count))
      print("vsz_bytes_per", Double(after.virtual - before.virtual) / Double(count))
      listener.stop()
      _ = try serving.join()
      try clients.wait()
    }
  }
}

/// The other side of it: connects and waits for the end of all.
func holdConnections(port: UInt16, count: Int) throws {
  try run {
    var held: [TCPStream] = []
    for _ in 0..<count { held.append(try TCPStream(connect: "127.0.0.1", port: port)) }
    var buffer: [UInt8] = [0]
    for stream in held { _ = try stream.read(into: &buffer) }
  }
}
