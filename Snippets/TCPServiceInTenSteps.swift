// The code of the article "From nothing to a graceful TCP service in ten steps"; each step's code
// stands in a function of its own. What runs here is the last step, the test.
import Drift

func listen() throws {
  let listener = try TCPListener(bind: "127.0.0.1", port: 7777)
  let stream = try listener.accept()
  try stream.write("hello, \(stream.peerAddress)\n")
  stream.close()
}

func acceptMany(_ listener: TCPListener) throws {
  try withScope { connections in
    while true {
      let stream = try listener.accept()
      connections.spawn {
        try copy(from: stream, to: stream)
        stream.close()
      }
    }
  }
}

func readLines() {
  func converse(over stream: any DuplexStream) throws {
    let lines = BufferedReader(stream)
    while let line = try lines.readLine(limit: 1_000) {
      if line == "quit" { return }
      try stream.write(line.uppercased() + "\n")
    }
  }
}

func readLinesInTime() {
  func converse(over stream: any DuplexStream) throws {
    let lines = BufferedReader(stream)
    while let line = try withTimeout(.seconds(30), { try lines.readLine(limit: 1_000) }) {
      if line == "quit" { return }
      try withTimeout(.seconds(30)) { try stream.write(line.uppercased() + "\n") }
    }
  }
}

func converse(over stream: any DuplexStream) throws {}

func isolate(_ listener: TCPListener) throws {
  try withScope(isolatingFailures: { print("a connection failed: \($0)") }) { connections in
    while true {
      let stream = try listener.accept()
      connections.spawn {
        defer { stream.close() }
        try converse(over: stream)
      }
    }
  }
}

func limit(_ listener: TCPListener) throws {
  try listener.serve(
    limit: 1_000, draining: .seconds(5), onFailure: { print("a connection failed: \($0)") }
  ) { stream in
    try converse(over: stream)
  }
}

func endGracefully(_ listener: TCPListener) throws {
  try withGracefulShutdown { _ in
    try listener.serve(
      limit: 1_000, draining: .seconds(5), onFailure: { print("a connection failed: \($0)") }
    ) { stream in
      try converse(over: stream)
    }
  }
}

func askForDate() throws -> String {
  var command = Command("date", "-u")
  command.timeout = .seconds(2)
  return try command.run(limit: 1_000).text
}

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

func `answers in capitals, and with the date`() throws {
  try run(on: VirtualTime()) {
    let (client, server) = MemoryStream.pair()
    try withScope { scope in
      scope.spawn {
        defer { server.close() }
        try converse(over: server) { "today\n" }
      }
      try client.write("hello\ndate\nquit\n")
      let answers = try client.readAll(limit: 100)
      precondition(String(decoding: answers, as: UTF8.self) == "HELLO\ntoday\n")
    }
  }
}

func `lets go of a client that is silent for half a minute`() throws {
  try run(on: VirtualTime()) {
    let (client, server) = MemoryStream.pair()
    defer { client.close() }
    let start = Instant.now
    do {
      try converse(over: server) { "today\n" }
      preconditionFailure("a silent client was served to its end")
    } catch is DeadlineExceeded {
      precondition(start.duration(to: .now) == .seconds(30))
    }
  }
}

try `answers in capitals, and with the date`()
try `lets go of a client that is silent for half a minute`()
print("passed")
