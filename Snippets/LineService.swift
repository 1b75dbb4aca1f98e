// A line service: the whole program of "From nothing to a graceful TCP service in ten steps".
import Drift

/// Answers each line in capitals, and `date` with the date, until `quit`, the end, or a silence.
func converse(over stream: any DuplexStream, date: () throws -> String) throws {
  let lines = BufferedReader(stream)
  while let line = try withTimeout(.seconds(30), { try lines.readLine(limit: 1_000) }) {
    let answer: String
    switch line {
    case "quit": return
    case "date": answer = try date()
    default: answer = line.uppercased() + "\n"
    }
    try withTimeout(.seconds(30)) { try stream.write(answer) }
  }
}

func askForDate() throws -> String {
  var command = Command("date", "-u")
  command.timeout = .seconds(2)
  return try command.run(limit: 1_000).text
}

try Drift.run {
  let listener = try TCPListener(bind: "127.0.0.1", port: 7777)
  try standardOutput.write("serving on \(listener.localAddress)\n")
  try withGracefulShutdown { _ in
    try listener.serve(
      limit: 1_000, draining: .seconds(5), onFailure: { print("a connection failed: \($0)") }
    ) { stream in
      try converse(over: stream, date: askForDate)
    }
  }
}
print("ended")
