import Drift

/// The line at the bottom of a terminal that says how far `drift each` is.
///
/// Silent elsewhere.
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
  /// Something is being printed, or has left the cursor behind the beginning of a line.
  private var isHidden = false
  /// It has taken long enough for a line.
  private var isWanted = false

  /// `total` is asked for the number of jobs, if it is known yet.
  init(total: @escaping () -> Int?) throws {
    self.total = total
    terminal = Fd.isTerminal(2) ? try InheritedStream(2, for: .writing) : nil
  }

  /// Draws the line anew ten times a second, until it is cancelled.
  ///
  /// Parks.
  func run() {
    guard terminal != nil else { return }
    // Not at once: what is over quickly shows none.
    while (try? GreenThread.sleep(for: .milliseconds(100))) != nil {
      isWanted = true
      draw()
    }
  }

  /// Takes the line away, until ``show(isMidLine:)``, so that something else can be printed.
  ///
  /// Parks.
  func hide() {
    isHidden = true
    guard isShown else { return }
    isShown = false
    write("\r\u{1B}[K")
  }

  /// Allows the line again, once the cursor is at the beginning of a line.
  ///
  /// Parks.
  func show(isMidLine: Bool) {
    isHidden = isMidLine
    draw()
  }

  private func draw() {
    guard isWanted && !isHidden else { return }
    isShown = true
    write("\r\u{1B}[K\(text)")
  }

  /// What cannot be shown is no reason to end anything.
  private func write(_ text: String) {
    try? withCancellationShield { try terminal?.write(Array(text.utf8)) }
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
