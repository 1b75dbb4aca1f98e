// Lines of text over TCP into a database: a green thread for each connection awaits what is async.
import Drift
import DriftAsync
import Glibc

/// Answers one line: `add WHAT PRICE` or `total`.
func answer(_ line: Substring, from ledger: Ledger) throws -> String {
  let words = line.split(separator: " ").map(String.init)
  switch words.first {
  case "add" where words.count == 3:
    guard let price = Int(words[2]) else { return "a price is a number" }
    let what = words[1]
    return try "\(awaiting { try await ledger.add(what, price: price) })"
  case "total" where words.count == 1:
    return try "\(awaiting { try await ledger.total() })"
  default:
    return "add WHAT PRICE, or total"
  }
}

func serve(_ stream: TCPStream, _ ledger: Ledger) throws {
  defer { stream.close() }
  var buffer = [UInt8](repeating: 0, count: 4096)
  var pending: [UInt8] = []
  while case let count = try stream.read(into: &buffer), count > 0 {
    pending += buffer[..<count]
    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: pending[..<end], as: UTF8.self)
      pending.removeSubrange(...end)
      try stream.write(Array((answer(line[...], from: ledger) + "\n").utf8))
    }
    if pending.count > 4096 { return }
  }
}

func run(path: String, port: UInt16) throws {
  let ledger = try Ledger(path: path)
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  print("listening on \(listener.localAddress)")
  try withGracefulShutdown(grace: .seconds(2)) { shutdown in
    shutdown.scope.spawn(name: "closer") {
      try shutdown.wait()
      listener.close()
    }
    try withScope(isolatingFailures: { print("a connection failed: \($0)") }) { connections in
      do {
        while true {
          let stream = try listener.accept()
          connections.spawn { try serve(stream, ledger) }
        }
      } catch is ResourceClosed {}  // the listener has been closed above
    }
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[2]) else {
  print("usage: ledger DATABASE PORT")
  exit(2)
}
try Drift.run { try run(path: arguments[1], port: port) }
