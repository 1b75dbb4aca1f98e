/// What happened, in order, as the green threads of one scheduler tell it.
public final class EventLog {
  /// All entries so far.
  public private(set) var entries: [String] = []

  /// An empty log.
  public init() {}

  /// Appends an entry.
  public func note(_ entry: String) {
    entries.append(entry)
  }
}
