/// What may follow a key and its value in SET: `EX seconds`, `PX milliseconds`, `NX`, `XX`.
struct SetOptions {
  enum Condition { case absent, present }

  private(set) var condition: Condition?
  private(set) var lifetime: Duration?

  init(_ words: ArraySlice<[UInt8]>) throws(CommandError) {
    var rest = words
    while let word = rest.popFirst() {
      switch String(decoding: word.prefix(3), as: UTF8.self).uppercased() {
      case "NX" where condition == nil: condition = .absent
      case "XX" where condition == nil: condition = .present
      case "EX" where lifetime == nil: lifetime = .seconds(try Self.amount(rest.popFirst()))
      case "PX" where lifetime == nil: lifetime = .milliseconds(try Self.amount(rest.popFirst()))
      default: throw .syntax
      }
    }
  }

  private static func amount(_ word: [UInt8]?) throws(CommandError) -> Int {
    guard let word else { throw .syntax }
    guard let amount = Int(decimal: word[...]) else { throw .notAnInteger }
    // More than a century would only overflow somewhere.
    guard (1...3_155_760_000_000).contains(amount) else {
      throw CommandError("invalid expire time in 'set' command")
    }
    return amount
  }
}
