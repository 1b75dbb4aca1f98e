import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

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

/// Runs what says "ready" once its time may be over; again with twice the time, when that was over
/// before: a busy machine may take long to start a process.
func runPrepared(
  _ options: SpawnOptions, _ policy: RunPolicy,
  if isPrepared: (ProcessOutput) -> Bool = { text($0.standardOutput).hasPrefix("ready\n") }
) throws -> ProcessOutput {
  var policy = policy
  while true {
    let output = try run(options, policy)
    guard let timeout = policy.timeout, timeout < .seconds(10), !isPrepared(output) else {
      #expect(output.runTime.map { $0 >= policy.timeout ?? .zero } ?? false)
      return output
    }
    policy.timeout = timeout * 2
  }
}

/// Whether the process has gone within the 100 ms that a drop waits for that; a busy machine may
/// take longer for a process that was killed, and then its zombie is reaped here.
func isReapedByDrop(_ drop: () throws -> Int32) rethrows -> Bool {
  for _ in 0..<20 {
    let pid = try drop()
    guard isAlive(pid) else { return true }
    let status = reap(pid)
    // No child: it was reaped, and somebody else has its number.
    if status == -1 { return true }
    guard status == SIGKILL else { return false }
  }
  return false
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
