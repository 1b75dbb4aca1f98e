// A TCP echo server: one green thread for each connection, and a graceful end.
import Drift
import Glibc

func serve(on port: UInt16) throws {
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  try standardOutput.write("echoing on \(listener.localAddress)\n")
  // INT and TERM take no more connections; who is still connected has two seconds to finish.
  try withGracefulShutdown { _ in
    try listener.serve(
      limit: 1_000, draining: .seconds(2),
      onFailure: { try? standardError.write("echo: a connection failed: \($0)\n") }
    ) { stream in
      try copy(from: stream, to: stream)
    }
  }
}

/// Ends the program with a line on standard error.
func fail(_ text: String, status: Int32) -> Never {
  try? run { try standardError.write("\(text)\n") }
  exit(status)
}

let words = CommandLine.arguments.dropFirst()
guard words.count <= 1, let port = UInt16(words.first ?? "7777") else {
  fail("usage: echo [PORT]", status: 2)
}
do {
  try run { try serve(on: port) }
} catch {
  fail("echo: \(error)", status: 1)
}
