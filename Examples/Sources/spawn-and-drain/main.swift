// Runs a command and takes its output, on CoreShift alone: this file is the event loop.
import CoreShift
import Glibc

func runAndTakeOutput(_ words: [String]) throws -> ProcessOutput {
  var reactor = try Reactor()
  var options = SpawnOptions(words.map { RawString($0) }, backend: .preferred)
  options.standardOutput = .pipe
  options.standardError = .pipe
  var policy = RunPolicy()
  policy.limits.overflow = .keepTail
  var running = try RunningProcess(spawning: options, policy: policy)
  try running.register(with: &reactor)
  var events: [Event] = []
  while try !running.pollCompletion(on: &reactor) {
    _ = try reactor.wait(into: &events, upTo: 64, for: running.timeUntilDeadline)
    for event in events { try running.handle(event, on: &reactor) }
  }
  return running.takeOutput()
}

/// Ends the program with a line on standard error, which is not needed any more then.
func fail(_ text: String, status: Int32) -> Never {
  _ = try? Fd(adopting: 2).write(Array("\(text)\n".utf8))
  exit(status)
}

let words = Array(CommandLine.arguments.dropFirst())
guard words.first?.contains("/") == true else {
  fail("usage: spawn-and-drain /path/of/program [argument]...", status: 2)
}
do {
  let output = try runAndTakeOutput(words)
  print(
    "output: \(output.standardOutput.count) bytes, errors: \(output.standardError.count) bytes",
    terminator: output.isTruncated ? ", which is the end of what it wrote\n" : "\n")
  print(String(decoding: output.standardOutput, as: UTF8.self), terminator: "")
  guard let status = output.exit?.status else { fail("spawn-and-drain: it runs on", status: 1) }
  print(status)
  // As a shell tells it.
  switch status {
  case .exited(let code): exit(code)
  case .signalled(let signal, _): exit(128 + signal.rawValue)
  case .unknown: exit(1)
  }
} catch {
  fail("spawn-and-drain: \(error)", status: 1)
}
