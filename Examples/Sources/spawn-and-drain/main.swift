// Runs a command and takes its output, on CoreShift alone: this file is the event loop.
import CoreShift

func runAndTakeOutput(_ words: [String]) throws -> ProcessOutput {
  var reactor = try Reactor()
  var options = SpawnOptions(words.map { RawString($0) }, backend: .preferred)
  options.standardOutput = .pipe
  options.standardError = .pipe
  var running = try RunningProcess(spawning: options)
  try running.register(with: &reactor)
  var events: [Event] = []
  while try !running.pollCompletion(on: &reactor) {
    _ = try reactor.wait(into: &events, upTo: 64, for: running.timeUntilDeadline)
    for event in events { try running.handle(event, on: &reactor) }
  }
  return running.takeOutput()
}

let words = Array(CommandLine.arguments.dropFirst())
guard words.first?.contains("/") == true else {
  print("usage: spawn-and-drain /path/of/program [argument]...")
  throw CoreError(operation: "usage", code: .invalidArgument)
}
let output = try runAndTakeOutput(words)
print("output: \(output.standardOutput.count) bytes, errors: \(output.standardError.count) bytes")
print(String(decoding: output.standardOutput, as: UTF8.self), terminator: "")
if let exit = output.exit { print(exit.status) }
