import CoreShift
import Testing

struct Overdue: Error {}

/// Runs to the end on a reactor of its own, and looks after everything but what is tested.
func run(_ options: SpawnOptions, _ policy: RunPolicy = RunPolicy()) throws -> ProcessOutput {
  var reactor = try Reactor()
  var running = try RunningProcess(spawning: options, policy: policy)
  try running.register(with: &reactor)
  let start = ContinuousClock.now
  var events: [Event] = []
  while try !running.pollCompletion(on: &reactor) {
    guard start.duration(to: .now) < .seconds(20) else { throw Overdue() }
    let longest = min(running.timeUntilDeadline ?? .seconds(1), .seconds(1))
    _ = try reactor.wait(into: &events, upTo: 64, for: longest)
    for event in events { try running.handle(event, on: &reactor) }
  }
  #expect(reactor.count == 0)
  #expect(running.timeUntilDeadline == nil)
  return running.takeOutput()
}

/// A shell in a group of its own, with all its streams on pipes.
func shell(_ script: String) -> SpawnOptions {
  var options = SpawnOptions(["/bin/sh", "-c", RawString(script)], backend: .clone)
  options.standardInput = .pipe
  options.standardOutput = .pipe
  options.standardError = .pipe
  options.processGroup = .own
  return options
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
