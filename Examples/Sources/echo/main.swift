// A TCP echo server: one green thread for each connection, and a graceful end.
import Drift

let port = CommandLine.arguments.dropFirst().first.flatMap { UInt16($0) } ?? 7777

try Drift.run {
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  try standardOutput.write("echoing on \(listener.localAddress)\n")
  // INT and TERM take no more connections; who is still connected has two seconds to finish.
  try withGracefulShutdown { _ in
    try listener.serve(
      limit: 1_000, draining: .seconds(2), onFailure: { print("a connection failed: \($0)") }
    ) { stream in
      try copy(from: stream, to: stream)
    }
  }
}
