public import Drift

/// Keys and their values, some of which end at a time.
///
/// No lock guards it: its methods do not park, so each of them is one step for all green threads of
/// the scheduler. Whoever parks between two of them finds that others have changed it.
public final class Store {
  private var values: [[UInt8]: Value] = [:]
  /// Only of keys that end at a time: most have none, and then no clock is read.
  private var deadlines: [[UInt8]: Instant] = [:]

  /// Begins with nothing.
  public init() {}

  /// How many keys there are, with those that have ended and have not been looked at since.
  public var count: Int { values.count }

  /// What is stored for `key`, unless its time is over.
  public func value(of key: [UInt8]) -> [UInt8]? {
    if isOver(key) {
      remove(key)
      return nil
    }
    return values[key]?.bytes
  }

  /// How long the value for `key` is; 0 if there is none.
  public func byteCount(of key: [UInt8]) -> Int {
    contains(key) ? values[key]?.byteCount ?? 0 : 0
  }

  /// Whether there is something for `key`, without a look at it.
  public func contains(_ key: [UInt8]) -> Bool {
    if isOver(key) { remove(key) }
    return values[key] != nil
  }

  /// Stores a value, which ends at `deadline` if there is one; what was there before is forgotten.
  public func set(_ key: [UInt8], to value: [UInt8], until deadline: Instant? = nil) {
    values[key] = .bytes(value)
    if let deadline {
      deadlines[key] = deadline
    } else if !deadlines.isEmpty {
      deadlines[key] = nil
    }
  }

  /// Adds to the number that is stored for `key`, or to 0, without touching when it ends.
  ///
  /// - Returns: the sum.
  /// - Throws: `CommandError` when there is no number, or the sum would be none; nothing is changed
  ///   then.
  public func add(_ step: Int, to key: [UInt8]) throws(CommandError) -> Int {
    if isOver(key) { remove(key) }
    guard let place = values.index(forKey: key) else {
      values[key] = .number(step)
      return step
    }
    guard let number = values.values[place].number else { throw .notAnInteger }
    let (sum, overflow) = number.addingReportingOverflow(step)
    if overflow { throw CommandError("increment or decrement would overflow") }
    values.values[place] = .number(sum)
    return sum
  }

  /// When `key` ends; nil if never, or if it is not there.
  public func deadline(of key: [UInt8]) -> Instant? {
    isOver(key) ? nil : deadlines[key]
  }

  /// Lets `key` end at a time; false if it is not there.
  public func setDeadline(of key: [UInt8], to deadline: Instant) -> Bool {
    guard contains(key) else { return false }
    deadlines[key] = deadline
    return true
  }

  /// Forgets `key`; false if it was not there.
  @discardableResult
  public func remove(_ key: [UInt8]) -> Bool {
    let wasThere = values[key] != nil && !isOver(key)
    values[key] = nil
    if !deadlines.isEmpty { deadlines[key] = nil }
    return wasThere
  }

  /// Forgets everything.
  public func removeAll() {
    values = [:]
    deadlines = [:]
  }

  /// Forgets what nobody has asked for since its time was over, for ever.
  ///
  /// Parks. A pass over many keys lets others run.
  public func sweep(every interval: Duration = .seconds(1)) throws {
    let ticker = try Ticker(every: interval)
    while true {
      _ = try ticker.next()
      for (index, key) in deadlines.keys.enumerated() {
        if isOver(key) { remove(key) }
        if index % 1_000 == 999 { GreenThread.yield() }
      }
    }
  }

  private func isOver(_ key: [UInt8]) -> Bool {
    if deadlines.isEmpty { return false }
    guard let deadline = deadlines[key] else { return false }
    return deadline <= .now
  }
}

/// A value as it was last used: what is counted with stays a number until somebody reads it.
private enum Value {
  case bytes([UInt8])
  case number(Int)

  var bytes: [UInt8] {
    switch self {
    case .bytes(let bytes): bytes
    case .number(let number): Array(String(number).utf8)
    }
  }

  /// Of a number, no less than it takes.
  var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .number: 20
    }
  }

  var number: Int? {
    switch self {
    case .bytes(let bytes): Int(decimal: bytes[...])
    case .number(let number): number
    }
  }
}
