import CoreShift

/// A shell command that is kept running: started again when it ends, later and later.
final class Service {
  static let shortestDelay = Duration.milliseconds(100)
  static let longestDelay = Duration.seconds(5)

  let name: String
  private let command: String
  private var running: RunningProcess?
  private var isWanted = true
  private var starts = 0
  private var lastEnd = "never ran"
  /// When it is started next, in nanoseconds of the monotonic clock.
  private var startAt: Int64? = MonotonicTime.nanoseconds
  private var delay = Service.shortestDelay

  init(_ name: String, _ command: String) {
    self.name = name
    self.command = command
  }

  var isRunning: Bool { running != nil }

  /// When ``advance(on:)`` has something to do; nil for never.
  var nextDeadline: Int64? {
    [startAt, running?.nextDeadline].compactMap { $0 }.min()
  }

  var state: String {
    let pid = running?.pid
    let now = pid.map { "running, pid \($0)" } ?? (isWanted ? "waiting" : "stopped")
    return "\(name): \(now), starts: \(starts), last end: \(lastEnd)"
  }

  /// Lets it run, at once.
  func start() {
    isWanted = true
    delay = Service.shortestDelay
    if !isRunning { startAt = MonotonicTime.nanoseconds }
  }

  /// Lets it run no more, and ends it: TERM first, and KILL for what is left after two seconds.
  func stop() throws(CoreError) {
    isWanted = false
    startAt = nil
    try running?.end()
  }

  /// Gives it up, and kills what is left of it.
  func abandon() {
    isWanted = false
    startAt = nil
    running = nil
  }

  func handle(_ event: Event, on reactor: inout Reactor) throws(CoreError) {
    try running?.handle(event, on: &reactor)
  }

  /// Does what is due.
  func advance(on reactor: inout Reactor) throws(CoreError) {
    if try running?.pollCompletion(on: &reactor) == true { noteEnd() }
    guard let moment = startAt, moment <= MonotonicTime.nanoseconds else { return }
    startAt = nil
    do {
      try spawn(on: &reactor)
    } catch {
      lastEnd = error.description
      planStart(after: .zero)
    }
  }

  private func spawn(on reactor: inout Reactor) throws(CoreError) {
    var options = SpawnOptions(["/bin/sh", "-c", RawString(command)], backend: .preferred)
    options.standardInput = .null
    options.processGroup = .own
    var policy = RunPolicy()
    policy.survivors = .kill
    var process = try RunningProcess(spawning: options, policy: policy)
    try process.register(with: &reactor)
    running = consume process
    starts += 1
  }

  private func noteEnd() {
    guard let output = running.take()?.takeOutput() else { return }
    lastEnd = output.exit?.status.description ?? "unknown"
    if isWanted { planStart(after: output.runTime ?? .zero) }
  }

  /// Waits twice as long each time, and begins anew once it has run for long enough.
  private func planStart(after runTime: Duration) {
    if runTime >= Service.longestDelay { delay = Service.shortestDelay }
    startAt = MonotonicTime.nanoseconds + Int64(delay / .nanoseconds(1))
    delay = min(delay * 2, Service.longestDelay)
  }
}
