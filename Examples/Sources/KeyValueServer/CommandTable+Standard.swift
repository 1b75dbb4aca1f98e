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
      replies.string(store.value(of: request.key(1)))
    }
    self["MGET"] = Command(words: 2...) { request, store, replies in
      // Looked up twice, and not kept meanwhile: the values may be many times the memory for them.
      let byteCount = (1..<request.count).reduce(0) { $0 + store.byteCount(of: request.key($1)) }
      if byteCount > Replies.mostBytes { throw CommandError("the answer would be too large") }
      replies.array(count: request.count - 1)
      for word in 1..<request.count { replies.string(store.value(of: request.key(word))) }
    }
    self["SET"] = Command(words: 3...) { request, store, replies in
      let key = request.key(1)
      let options = try SetOptions(request, from: 3)
      if let condition = options.condition {
        let isThere = store.contains(key)
        if isThere != (condition == .present) { return replies.string(nil as [UInt8]?) }
      }
      store.set(key, to: Array(request[2]), until: options.lifetime.map { Instant.now + $0 })
      replies.word("OK")
    }
    self["INCR"] = Command(words: 2...2) { request, store, replies in
      replies.integer(try store.add(1, to: request.key(1)))
    }
    self["DECR"] = Command(words: 2...2) { request, store, replies in
      replies.integer(try store.add(-1, to: request.key(1)))
    }
    self["INCRBY"] = Command(words: 3...3) { request, store, replies in
      replies.integer(try store.add(try request.integer(2), to: request.key(1)))
    }
  }

  private mutating func addKeys() {
    self["DEL"] = Command(words: 2...) { request, store, replies in
      replies.integer((1..<request.count).count { store.remove(request.key($0)) })
    }
    self["EXISTS"] = Command(words: 2...) { request, store, replies in
      replies.integer((1..<request.count).count { store.contains(request.key($0)) })
    }
    self["EXPIRE"] = Command(words: 3...3) { request, store, replies in
      let seconds = try request.integer(2)
      guard seconds.magnitude <= Request.longestLifetime else {
        throw CommandError("invalid expire time in 'expire' command")
      }
      let deadline = Instant.now + .seconds(seconds)
      replies.integer(store.setDeadline(of: request.key(1), to: deadline) ? 1 : 0)
    }
    self["TTL"] = Command(words: 2...2) { request, store, replies in
      let key = request.key(1)
      guard store.contains(key) else { return replies.integer(-2) }
      guard let deadline = store.deadline(of: key) else { return replies.integer(-1) }
      // Rounded, as redis does: a key that was just set for ten seconds has ten left.
      let left = deadline - .now + .milliseconds(500)
      replies.integer(Int(left.components.seconds))
    }
  }
}

extension Request {
  /// In whatever unit: more would only overflow somewhere.
  static let longestLifetime = 3_155_760_000_000

  /// A word that names a key, to look up and to keep.
  func key(_ word: Int) -> [UInt8] { Array(self[word]) }

  /// A word that has to be a number.
  func integer(_ word: Int) throws(CommandError) -> Int {
    guard let value = Int(decimal: self[word]) else { throw .notAnInteger }
    return value
  }
}
