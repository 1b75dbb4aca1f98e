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
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  print("echoing on \(listener.localAddress)")
  // Who is still connected after the first INT or TERM has two seconds to finish.
  try withGracefulShutdown(grace: .seconds(2)) { shutdown in
    shutdown.scope.spawn(name: "closer") {
      print("\(try shutdown.wait()): taking no more connections")
      listener.close()
    }
    try withScope(isolatingFailures: { print("a connection failed: \($0)") }) { connections in
      do {
        while true {
          let stream = try listener.accept()
          connections.spawn(name: "echo to \(stream.peerAddress)") { try echo(stream) }
        }
      } catch is ResourceClosed {}  // the listener has been closed above
    }
  }
}
