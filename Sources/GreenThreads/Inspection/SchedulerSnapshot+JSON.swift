extension SchedulerSnapshot {
  /// The snapshot for programs: one JSON object, in ASCII, on one line.
  ///
  /// Durations and times are in nanoseconds. Takes half a second at most: a frame that has not been
  /// named by then is its address.
  ///
  /// - Parameter byteLimit: how long it may be. Green threads that do not fit are left out, and
  ///   `truncated` is true. Some 4 KB are needed for the rest.
  /// - Returns: valid JSON, whatever names green threads have.
  public func json(byteLimit: Int = 4 << 20) -> String {
    var names = FrameNames()
    let rest = membersBesideThreads
    var listed: [String] = []
    var length = rest.utf8.count + 200
    for thread in threads {
      let object = thread.json(&names)
      length += object.utf8.count + 1
      if length > byteLimit { break }
      listed.append(object)
    }
    let isShort = isTruncated || listed.count < threads.count || names.isIncomplete
    return JSONText.object([
      ("threads", "[" + listed.joined(separator: ",") + "]"),
      ("degraded", "\(isDegraded)"), ("truncated", "\(isShort)"),
    ]).dropLast() + "," + rest + "}"
  }

  private var membersBesideThreads: String {
    let observed = observations.map { ($0.name, "\($0.count)") }
    let waits = waitCounts.prefix(32).map { ($0.kind, "\($0.count)") }
    let owned = ownedThreads.prefix(256).map {
      JSONText.object([
        ("name", JSONText.string($0.name)), ("purpose", JSONText.string($0.purpose)),
        ("activity", $0.activity.map(JSONText.string) ?? "null"),
      ])
    }
    let object = JSONText.object([
      ("time", "\(time.nanoseconds)"), ("threadCount", "\(threadCount)"),
      ("nextDeadline", JSONText.number(nextDeadline?.nanoseconds)), ("timers", "\(timerCount)"),
      ("waits", JSONText.object(waits)), ("source", JSONText.object(observed)),
      ("counters", counters.json),
      ("circles", "[" + circles.prefix(256).map(JSONText.numbers).joined(separator: ",") + "]"),
      ("ownedThreads", "[" + owned.joined(separator: ",") + "]"),
    ])
    return String(object.dropFirst().dropLast())
  }
}

extension Counters {
  var json: String {
    JSONText.object([
      ("spawned", "\(spawned)"), ("finished", "\(finished)"),
      ("admissionParks", "\(admissionParks)"), ("staleWakes", "\(staleWakes)"),
      ("closeWakes", "\(closeWakes)"), ("timersFired", "\(timersFired)"),
      ("longestQueue", "\(longestQueue)"), ("turns", "\(turns)"),
    ])
  }
}

extension SchedulerSnapshot.Thread {
  func json(_ names: inout FrameNames) -> String {
    let frames = stack.map { JSONText.string(names[$0]) }
    let subject = reason?.label.map(JSONText.string) ?? JSONText.number(reason?.subject)
    return JSONText.object([
      ("id", "\(id)"), ("name", JSONText.string(name)),
      ("spawnSite", JSONText.string(spawnSite)),
      ("parent", JSONText.number(parent)), ("state", JSONText.string(state.rawValue)),
      ("cancelled", "\(isCancelled)"),
      ("reason", reason.map { JSONText.string($0.kind) } ?? "null"),
      ("subject", subject),
      ("waitsFor", JSONText.numbers(Array(waitsFor.prefix(1000)))),
      ("holder", JSONText.number(holder)), ("age", "\(age.wholeNanoseconds)"),
      ("stoppedFor", "\(stoppedFor.wholeNanoseconds)"),
      ("deadline", JSONText.number(deadline?.nanoseconds)),
      ("stack", "[" + frames.joined(separator: ",") + "]"),
    ])
  }
}

/// The little of JSON's grammar (RFC 8259) that reports need.
enum JSONText {
  static func object(_ members: [(name: String, value: String)]) -> String {
    "{" + members.map { string($0.name) + ":" + $0.value }.joined(separator: ",") + "}"
  }

  static func number(_ value: (some BinaryInteger)?) -> String {
    value.map { "\($0)" } ?? "null"
  }

  static func numbers(_ values: [UInt64]) -> String {
    "[" + values.map(String.init).joined(separator: ",") + "]"
  }

  /// In quotation marks; all that is not printable ASCII is escaped.
  static func string(_ text: String) -> String {
    var quoted = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: quoted += "\\\""
      case 0x5C: quoted += "\\\\"
      case 0x20..<0x7F: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      }
    }
    return quoted + "\""
  }
}
