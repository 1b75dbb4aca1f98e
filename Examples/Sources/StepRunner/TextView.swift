public import Drift

/// Shows a run as text, and on a terminal also what is running just now.
///
/// Everything but the running steps stays: the lines about them are taken away before something is
/// printed, and drawn again below it. So that they are as many lines on the terminal as here, it is
/// told not to wrap them, and there are never more than fit on a small one.
public final class TextView: RunView {
  private static let mostSteps = 10

  private let output: any WritableStream
  private let isTerminal: Bool
  private var running: [(name: String, since: Instant)] = []
  private var drawnLines = 0
  /// The first error of writing: what cannot be shown is no reason to end anything.
  public private(set) var failure: (any Error)?
  /// Writing parks where the reader is slow, and one text must not land in the middle of another.
  private let turn = Lock(label: "the view")

  /// Writes to `output`, which may be a terminal.
  public init(writingTo output: any WritableStream, isTerminal: Bool) {
    self.output = output
    self.isTerminal = isTerminal
  }

  /// Draws the running steps anew ten times a second, until the caller is cancelled.
  ///
  /// Parks.
  public func run() throws {
    guard isTerminal else { return }
    while true {
      try GreenThread.sleep(for: .milliseconds(100))
      draw()
    }
  }

  /// Takes the running steps away, for good.
  public func finish() {
    running = []
    draw()
  }

  /// Shows the step as running.
  public func began(_ step: Plan.Step) {
    running.append((step.name, .now))
    draw()
  }

  /// Shows what the step has written, its errors first; of very much the end.
  public func wrote(_ output: PipelineOutput) {
    var text = output.isTruncated ? "... the beginning is left out\n" : ""
    for stage in output.stages { text += stage.errorText }
    text += output.text
    if !text.isEmpty && !text.hasSuffix("\n") { text += "\n" }
    draw(after: text)
  }

  /// Shows the end of the step in one line, which stays.
  public func ended(_ step: Plan.Step, _ outcome: PlanRun.Outcome) {
    let begun = running.firstIndex { $0.name == step.name }.map { running.remove(at: $0) }
    let took = begun.map { " after \(seconds(since: $0.since))" } ?? ""
    switch outcome {
    case .succeeded: draw(after: "ok       \(step.name)\(took)\n")
    case .failed(let reason): draw(after: "failed   \(step.name)\(took): \(reason)\n")
    case .skipped(let name): draw(after: "skipped  \(step.name), because of \(name)\n")
    }
  }

  private func draw(after text: String = "") {
    turn.withLock {
      let linesBefore = drawnLines
      var screen = text
      if isTerminal { screen += runningLines() }
      if linesBefore > 0 { screen = Self.over(linesBefore, screen) }
      if screen.isEmpty { return }
      do {
        // What is ended is still shown.
        try withCancellationShield { try output.write(screen) }
      } catch {
        if failure == nil { failure = error }
      }
    }
  }

  /// Puts lines over those that were drawn last: each to its end, and then what is left below.
  ///
  /// Cleared first, the screen would flicker, and some terminals keep what is cleared.
  private static func over(_ drawnLines: Int, _ screen: String) -> String {
    var text = "\u{1B}[\(drawnLines)A\r"
    for character in screen {
      if character == "\n" || character == "\r\n" { text += "\u{1B}[K" }
      text.append(character)
    }
    return text + "\u{1B}[J"
  }

  private func runningLines() -> String {
    var lines = running.prefix(Self.mostSteps).map { step in
      "running  \(step.name) for \(seconds(since: step.since))\n"
    }
    if running.count > Self.mostSteps {
      lines.append("running  \(running.count - Self.mostSteps) more\n")
    }
    drawnLines = lines.count
    return lines.isEmpty ? "" : "\u{1B}[?7l" + lines.joined() + "\u{1B}[?7h"
  }

  private func seconds(since start: Instant) -> String {
    let tenths = (Instant.now - start) / .milliseconds(100)
    return "\(tenths.rounded(.down) / 10) s"
  }
}
