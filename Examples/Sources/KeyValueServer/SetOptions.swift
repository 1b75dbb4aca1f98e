/// What may follow a key and its value in SET: `EX seconds`, `PX milliseconds`, `NX`, `XX`.
struct SetOptions {
  enum Condition { case absent, present }

  private(set) var condition: Condition?
  private(set) var lifetime: Duration?

  init(_ request: Request, from first: Int) throws(CommandError) {
    var word = first
    while word < request.count {
      switch CommandName(request[word]) {
      case "NX" where condition != .present: condition = .absent
      case "XX" where condition != .absent: condition = .present
      case "EX" where lifetime == nil:
        word += 1
        lifetime = .seconds(try Self.amount(request, word))
      case "PX" where lifetime == nil:
        word += 1
        lifetime = .milliseconds(try Self.amount(request, word))
      default: throw .syntax
      }
      word += 1
    }
  }

  private static func amount(_ request: Request, _ word: Int) throws(CommandError) -> Int {
    guard word < request.count else { throw .syntax }
    let amount = try request.integer(word)
    guard (1...Request.longestLifetime).contains(amount) else {
      throw CommandError("invalid expire time in 'set' command")
    }
    return amount
  }
}
