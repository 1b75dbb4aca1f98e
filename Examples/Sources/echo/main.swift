// A TCP echo server: one green thread for each connection, and a graceful end.
import Drift

func echo(_ stream: TCPStream) throws {
  defer { stream.close() }
  var buffer = [UInt8](repeating: 0, count: 16 << 10)
  while case let count = try stream.read(into: &buffer), count > 0 {
    try stream.write(buffer[..<count])
  }
}

let port = CommandLine.arguments.dropFirst().first.flatMap { UInt16($0) } ?? 7777

try Drift.run {
  let signals = try SignalStream([.interrupt, .terminate])
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  print("echoing on \(listener.localAddress)")
  try withScope(isolatingFailures: { print("a connection failed: \($0)") }) { connections in
    connections.spawn(name: "acceptor") {
      do {
        while true {
          let stream = try listener.accept()
          connections.spawn(name: "echo to \(stream.peerAddress)") { try echo(stream) }
        }
      } catch is ResourceClosed {}  // the listener was closed below: take no more
    }
    let signal = try signals.next().signal
    print("\(signal): taking no more connections")
    listener.close()
    // Who is still connected has two seconds to finish.
    do {
      try withTimeout(.seconds(2)) {
        while connections.childCount > 0 { try GreenThread.sleep(for: .milliseconds(20)) }
      }
    } catch is DeadlineExceeded {
      connections.cancel()
    }
  }
}
