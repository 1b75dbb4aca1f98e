// The code of the article "A child on a terminal".
import CoreShift

func run(on reactor: inout Reactor) throws -> ProcessOutput {
  var options = SpawnOptions(
    ["/bin/sh", "-c", "stty size; read line; echo \"got $line\""], backend: .preferred)
  options.standardInput = .terminal
  options.standardOutput = .terminal
  options.standardError = .terminal
  options.terminalSize = TerminalSize(rows: 30, columns: 100)
  options.session = .own
  options.controllingTerminal = 0

  var policy = RunPolicy()
  policy.input = Array("hello\n".utf8)
  var running = try RunningProcess(spawning: options, policy: policy)
  try running.register(with: &reactor)

  var events: [Event] = []
  while try !running.pollCompletion(on: &reactor) {
    _ = try reactor.wait(into: &events, upTo: 8, for: running.timeUntilDeadline)
    for event in events { try running.handle(event, on: &reactor) }
  }
  return running.takeOutput()
}

var reactor = try Reactor()
let output = try run(on: &reactor)
print(String(decoding: output.standardOutput, as: UTF8.self))
