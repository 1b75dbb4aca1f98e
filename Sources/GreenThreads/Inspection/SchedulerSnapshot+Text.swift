extension SchedulerSnapshot {
  /// The snapshot for people: a heading, then some lines for each green thread.
  ///
  /// Takes half a second at most: what has not been named by then stays an address.
  ///
  /// - Parameter byteLimit: about how long the text may be; what is left out is said.
  /// - Returns: lines, the last one ended.
  public func text(byteLimit: Int = 4 << 20) -> String {
    var names = FrameNames()
    var text = heading
    var shown = 0
    for thread in threads {
      let lines = thread.lines(&names)
      if text.utf8.count + lines.utf8.count > byteLimit { break }
      text += lines
      shown += 1
    }
    if shown < threadCount { text += "\(threadCount - shown) more are left out.\n" }
    if isDegraded { text += "One was stopped while it ran, so this may be incomplete.\n" }
    return text
  }

  private var heading: String {
    var lines = ["\(threadCount) green thread\(threadCount == 1 ? "" : "s") at \(seconds(time))"]
    if let nextDeadline {
      lines.append("next deadline in \(brief(max(.zero, time.duration(to: nextDeadline))))")
    }
    if timerCount > 0 { lines.append("timers: \(timerCount)") }
    lines += waitCounts.map { "\($0.count) wait\($0.count == 1 ? "s" : "") \($0.kind)" }
    lines += observations.map { "\($0.name): \($0.count)" }
    lines.append(
      """
      spawned: \(counters.spawned), finished: \(counters.finished), \
      parked for admission: \(counters.admissionParks), stale wakes: \(counters.staleWakes), \
      close wakes: \(counters.closeWakes), timers fired: \(counters.timersFired), \
      longest queue: \(counters.longestQueue), turns: \(counters.turns)
      """)
    lines += circleLines(displayNames)
    lines += ownedThreads.map(\.description)
    return lines.joined(separator: "\n") + "\n"
  }
}

extension SchedulerSnapshot.Thread {
  /// One line, or some with its stack, each ended.
  func lines(_ names: inout FrameNames) -> String {
    var lines = "green thread \(displayName), spawned \(brief(age)) ago at \(spawnSite)"
    if let parent { lines += " under \(parent)" }
    lines += ", \(doing)\(isCancelled ? ", cancelled" : "")\n"
    for line in names.lines(of: stack) { lines += "    \(line)\n" }
    return lines
  }

  private var doing: String {
    guard let reason else { return state == .fresh ? "has not begun" : state.rawValue }
    var text = "waits \(reason)"
    if let holder {
      text += ", held by \(holder),"
    } else if !waitsFor.isEmpty, reason.subject.map(UInt64.init(bitPattern:)) != waitsFor.first {
      text += " (\(waitsFor.prefix(20).map(String.init).joined(separator: ", ")))"
    }
    return text + " for \(brief(stoppedFor))"
  }
}

/// Names of addresses, each looked up once, and none after half a second.
struct FrameNames {
  private var known: [UInt: String] = [:]
  private let end = Instant.monotonicNow.advanced(by: .milliseconds(500))
  /// Whether there was no time for one.
  private(set) var isIncomplete = false

  /// Those of a stack as people read them: without what the compiler puts between two functions,
  /// and none longer than a few lines of a terminal.
  mutating func lines(of stack: [UInt]) -> [String] {
    var lines: [String] = []
    for address in stack {
      let name = self[address]
      let isGlue = name.hasPrefix("partial apply ") || name.hasPrefix("reabstraction thunk ")
      if !isGlue { lines.append(name.count > 240 ? name.prefix(240) + "..." : name) }
    }
    return lines
  }

  subscript(address: UInt) -> String {
    mutating get {
      if let name = known[address] { return name }
      if Instant.monotonicNow > end {
        isIncomplete = true
        return StackFrame(unnamed: address).description
      }
      let name = printable(StackFrame(at: address).description)
      known[address] = name
      return name
    }
  }
}

/// The number of a green thread as people see it.
func visibleNumber(of serial: UInt64) -> UInt64 {
  serial % SchedulerState.serialsInBlock
}

/// In quotation marks, and without anything that a terminal or a line would take amiss.
func quoted(_ text: String) -> String {
  "\"" + printable(text).replacing("\"", with: "\\\"") + "\""
}

/// Without control characters.
func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
    return text
  }
  var clean = ""
  for scalar in text.unicodeScalars {
    if scalar.properties.generalCategory == .control {
      clean += "\\u{\(String(scalar.value, radix: 16))}"
    } else {
      clean.unicodeScalars.append(scalar)
    }
  }
  return clean
}

/// `1.5 s`, `20.1 ms` or `7.0 µs`.
func brief(_ duration: Duration) -> String {
  let nanoseconds = duration.wholeNanoseconds
  let (unit, size): (String, Int64) =
    nanoseconds < 1_000_000
    ? ("µs", 1_000) : nanoseconds < 1_000_000_000 ? ("ms", 1_000_000) : ("s", 1_000_000_000)
  return "\(nanoseconds / size).\(nanoseconds % size * 10 / size) \(unit)"
}

private func seconds(_ instant: Instant) -> String {
  let fraction = String(instant.nanoseconds % 1_000_000_000)
  let zeros = String(repeating: "0", count: max(0, 9 - fraction.utf8.count))
  return "\(instant.nanoseconds / 1_000_000_000).\(zeros)\(fraction) s"
}
