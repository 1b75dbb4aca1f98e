internal import Drift

extension CommandTable {
  /// What redis-cli and redis-benchmark need, and what a cache is used for.
  public static var standard: CommandTable {
    var table = CommandTable()
    table.addGeneral()
    table.addStrings()
    table.addKeys()
    return table
  }

  private mutating func addGeneral() {
    self["PING"] = Command(words: 1...2) { request, _, replies in
      if request.count == 1 { replies.word("PONG") } else { replies.string(request[1]) }
    }
    self["ECHO"] = Command(words: 2...2) { request, _, replies in replies.string(request[1]) }
    // redis-cli asks for the descriptions of all commands when it starts.
    self["COMMAND"] = Command(words: 1...) { _, _, replies in replies.array(count: 0) }
    self["DBSIZE"] = Command(words: 1...1) { _, store, replies in replies.integer(store.count) }
    self["FLUSHALL"] = Command(words: 1...1) { _, store, replies in
      store.removeAll()
      replies.word("OK")
    }
  }

  private mutating func addStrings() {
    self["GET"] = Command(words: 2...2) { request, store, replies in
      replies.string(store.value(of: request[1]))
    }
    self["MGET"] = Command(words: 2...) { request, store, replies in
      replies.array(count: request.count - 1)
      for key in request.dropFirst() { replies.string(store.value(of: key)) }
    }
    self["SET"] = Command(words: 3...) { request, store, replies in
      let options = try SetOptions(request.dropFirst(3))
      let isThere = options.condition == nil ? false : store.value(of: request[1]) != nil
      switch options.condition {
      case .absent? where isThere, .present? where !isThere: return replies.string(nil)
      case .absent?, .present?, nil: break
      }
      store.set(request[1], to: request[2], until: options.lifetime.map { .now + $0 })
      replies.word("OK")
    }
    self["INCR"] = Command(words: 2...2) { request, store, replies in
      replies.integer(try store.add(1, to: request[1]))
    }
    self["DECR"] = Command(words: 2...2) { request, store, replies in
      replies.integer(try store.add(-1, to: request[1]))
    }
    self["INCRBY"] = Command(words: 3...3) { request, store, replies in
      guard let step = Int(decimal: request[2][...]) else { throw CommandError.notAnInteger }
      replies.integer(try store.add(step, to: request[1]))
    }
  }

  private mutating func addKeys() {
    self["DEL"] = Command(words: 2...) { request, store, replies in
      replies.integer(request.dropFirst().count(where: { store.remove($0) }))
    }
    self["EXISTS"] = Command(words: 2...) { request, store, replies in
      replies.integer(request.dropFirst().count(where: { store.value(of: $0) != nil }))
    }
    self["EXPIRE"] = Command(words: 3...3) { request, store, replies in
      guard let seconds = Int(decimal: request[2][...]) else { throw CommandError.notAnInteger }
      let deadline = Instant.now + .seconds(seconds)
      replies.integer(store.setDeadline(of: request[1], to: deadline) ? 1 : 0)
    }
    self["TTL"] = Command(words: 2...2) { request, store, replies in
      guard store.value(of: request[1]) != nil else { return replies.integer(-2) }
      guard let deadline = store.deadline(of: request[1]) else { return replies.integer(-1) }
      let left = Instant.now.duration(to: deadline)
      // Rounded, as redis does: a key that was just set for ten seconds has ten left.
      replies.integer(Int((left + .milliseconds(500)).components.seconds))
    }
  }
}

extension Store {
  /// Adds to the number that is stored for `key`, or to 0, without touching when it ends.
  func add(_ step: Int, to key: [UInt8]) throws(CommandError) -> Int {
    guard let number = Int(decimal: value(of: key)?[...] ?? [UInt8(ascii: "0")]) else {
      throw .notAnInteger
    }
    let (sum, overflow) = number.addingReportingOverflow(step)
    if overflow { throw CommandError("increment or decrement would overflow") }
    replace(key, with: Array(String(sum).utf8))
    return sum
  }
}
