// Keeps commands running, on CoreShift alone: signals by signalfd, a Unix control socket, and
// everything that has a time by one wait.
import CoreShift
import Glibc

struct Supervisor {
  private let services: [Service]
  private var isEnding = false

  init(_ services: [Service]) {
    self.services = services
  }

  /// Runs until TERM or INT has come and every service has ended.
  mutating func run(answeringAt path: String) throws {
    // Before anything else starts: the mask is this OS thread's.
    let signals = try SignalDescriptor([.terminate, .interrupt])
    var reactor = try Reactor()
    let signalToken = try reactor.register(signals.descriptor, for: .reading)
    let control = try ControlSocket(at: path, on: &reactor)
    // Whatever goes wrong here, nobody is left running without a supervisor.
    defer { for service in services { service.abandon() } }
    var events: [Event] = []
    while true {
      for service in services { try service.advance(on: &reactor) }
      try control.advance(on: &reactor)
      if isEnding, !services.contains(where: \.isRunning) { break }
      let deadlines = services.map(\.nextDeadline) + [control.nextDeadline]
      _ = try reactor.wait(into: &events, upTo: 64, for: timeUntil(deadlines))
      for event in events {
        if event.token == signalToken {
          while try signals.take() != nil { try end() }
        } else if try !control.handle(event, on: &reactor, answer: answer) {
          for service in services { try service.handle(event, on: &reactor) }
        }
      }
    }
    try control.close(on: &reactor)
  }

  private func timeUntil(_ deadlines: [Int64?]) -> Duration? {
    guard let next = deadlines.compactMap(\.self).min() else { return nil }
    return .nanoseconds(max(0, next - MonotonicTime.nanoseconds))
  }

  private mutating func end() throws {
    isEnding = true
    for service in services { try service.stop() }
  }

  /// One line of a client: `status`, `start NAME` or `stop NAME`.
  private func answer(_ line: String) throws -> String {
    let words = line.split(separator: " ")
    if words == ["status"] { return services.map { $0.state + "\n" }.joined() }
    guard words.count == 2, let service = services.first(where: { $0.name == words[1] }) else {
      return "status, start NAME or stop NAME\n"
    }
    switch words[0] {
    case "start" where !isEnding: service.start()
    case "stop": try service.stop()
    default: return "not now\n"
    }
    return "done\n"
  }
}

let services = CommandLine.arguments.dropFirst(2).compactMap { argument -> Service? in
  let parts = argument.split(separator: "=", maxSplits: 1)
  return parts.count == 2 ? Service(String(parts[0]), String(parts[1])) : nil
}

/// Ends the program with a line on standard error, which is not needed any more then.
func fail(_ text: String, status: Int32) -> Never {
  _ = try? Fd(adopting: 2).write(Array("\(text)\n".utf8))
  exit(status)
}

guard !services.isEmpty, services.count == CommandLine.arguments.count - 2 else {
  fail("usage: supervisor /path/of/socket NAME=COMMAND...", status: 2)
}
do {
  var supervisor = Supervisor(services)
  try supervisor.run(answeringAt: CommandLine.arguments[1])
} catch {
  fail("supervisor: \(error)", status: 1)
}
