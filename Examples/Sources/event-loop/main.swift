// Three children and a Unix socket on one reactor: this file is the whole event loop.
import CoreShift

/// A child and how it is; a class, because an array holds nothing that cannot be copied.
final class Child {
  let name: String
  var running: RunningProcess?
  var state = "running"

  init(_ name: String, _ script: String, on reactor: inout Reactor) throws {
    var options = SpawnOptions(["/bin/sh", "-c", RawString(script)], backend: .preferred)
    options.standardOutput = .pipe
    options.standardError = .standardOutput
    options.processGroup = .own
    var policy = RunPolicy()
    policy.timeout = .seconds(10)
    self.name = name
    running = try RunningProcess(spawning: options, policy: policy)
    try running?.register(with: &reactor)
  }

  func noteEnd(on reactor: inout Reactor) throws {
    guard try running?.pollCompletion(on: &reactor) == true else { return }
    guard let output = running.take()?.takeOutput(), let exit = output.exit else { return }
    state = "\(exit.status)\(output.hasTimedOut ? ", out of time" : "")"
    print("\(name) \(state): \(String(decoding: output.standardOutput, as: UTF8.self))")
  }
}

/// Tells everybody who has come how the children are: up to would-block, or no event comes again.
func answer(_ listener: borrowing UnixSocket.Bound, about children: [Child]) throws {
  let text = children.map { "\($0.name): \($0.state)\n" }.joined()
  while let client = try UnixSocket.accept(from: listener.socket) {
    // A new connection has room for this. Who has gone again is no concern of ours.
    _ = try? Socket.send(Array(text.utf8), to: client)
  }
}

func run(_ scripts: [(name: String, text: String)], answeringAt path: String) throws {
  var reactor = try Reactor()
  let listener = try UnixSocket.listen(
    on: UnixAddress(path: RawString(path)), replacing: .deadSocket, permissions: 0o600)
  let callers = try reactor.register(listener.socket, for: .reading)
  let children = try scripts.map { try Child($0.name, $0.text, on: &reactor) }
  var events: [Event] = []
  while children.contains(where: { $0.running != nil }) {
    let longest = children.compactMap { $0.running?.timeUntilDeadline }.min()
    _ = try reactor.wait(into: &events, upTo: 64, for: longest)
    for event in events {
      if event.token == callers { try answer(listener, about: children) }
      for child in children { try child.running?.handle(event, on: &reactor) }
    }
    for child in children { try child.noteEnd(on: &reactor) }
  }
  try reactor.unregister(callers)
  try listener.closeAndUnlink()
}

let scripts = [("count", "seq 3"), ("fail", "echo no >&2; exit 3"), ("slow", "sleep 2; echo woke")]
try run(scripts, answeringAt: CommandLine.arguments.dropFirst().first ?? "event-loop.sock")
