// Lines of text over TCP into a database: a green thread for each connection awaits what is async.
import Drift
import DriftAsync
import GRDB
import Glibc

/// Answers one line: `add WHAT PRICE` or `total`.
func answer(_ line: String, from ledger: Ledger) throws -> String {
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

/// Answers until the client leaves; what the database cannot do is an answer, too.
func converse(over stream: any DuplexStream, about ledger: Ledger) throws {
  let lines = BufferedReader(stream)
  while let line = try lines.readLine(limit: 4_096) {
    let text: String
    do {
      text = try answer(line, from: ledger)
    } catch let error as DatabaseError {
      text = "failed: \(error)"
    }
    try stream.write(text + "\n")
  }
}

func serve(_ ledger: Ledger, on port: UInt16) throws {
  let listener = try TCPListener(bind: "127.0.0.1", port: port)
  try standardOutput.write("listening on \(listener.localAddress)\n")
  try withGracefulShutdown { _ in
    try listener.serve(
      limit: 1_000, draining: .seconds(2),
      onFailure: { try? standardError.write("ledger: a connection failed: \($0)\n") }
    ) { stream in
      try converse(over: stream, about: ledger)
    }
  }
}

/// Ends the program with a line on standard error.
func fail(_ text: String, status: Int32) -> Never {
  try? run { try standardError.write("\(text)\n") }
  exit(status)
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[2]) else {
  fail("usage: ledger DATABASE PORT", status: 2)
}
do {
  let ledger = try Ledger(path: arguments[1])
  try run { try serve(ledger, on: port) }
} catch {
  fail("ledger: \(error)", status: 1)
}
