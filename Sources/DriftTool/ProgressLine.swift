import Drift

/// The line at the bottom of a terminal that says how far `drift each` is. Silent elsewhere.
final class ProgressLine {
  struct Counts: Equatable {
    var done = 0
    var running = 0
    var failed = 0
  }

  /// Kept by the session.
  var counts = Counts()
  private let terminal: InheritedStream?
  private let total: () -> Int?
  private let startTime = Instant.now
  private var isShown = false

  /// `total` is asked for the number of jobs, if it is known yet.
  init(total: @escaping () -> Int?) throws {
    self.total = total
    terminal = Fd.isTerminal(2) ? try InheritedStream(2, for: .writing) : nil
  }

  /// Shows the line ten times a second, until it is cancelled.
  func run() throws {
    guard let terminal else { return }
    while true {
      isShown = true
      try terminal.write(Array("\r\u{1B}[K\(text)".utf8))
      try GreenThread.sleep(for: .milliseconds(100))
    }
  }

  /// Takes the line away, so that something else can be printed.
  func erase() {
    guard isShown, let terminal else { return }
    isShown = false
    try? terminal.write(Array("\r\u{1B}[K".utf8))
  }

  /// `12/100 done, 4 running, 1 failed, 3.2s`, no longer than the terminal is wide.
  private var text: String {
    let done = total().map { "\(counts.done)/\($0) done" } ?? "\(counts.done) done"
    let elapsed = startTime.duration(to: .now).milliseconds / 100
    let seconds = "\(elapsed.rounded() / 10)s"
    let failed = counts.failed > 0 ? ", \(counts.failed) failed" : ""
    let line = "\(done), \(counts.running) running\(failed), \(seconds)"
    return String(line.prefix(max(1, (Fd.terminalWidth(of: 2) ?? 80) - 1)))
  }
}
