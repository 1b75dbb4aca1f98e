import CoreShift
import TestSupport
import Testing

@Suite struct TokenTableTests {
  @Test func `keeps what was stored and forgets what was removed`() {
    var table = TokenTable<Int>()
    let token = Token(rawValue: 1)
    #expect(table[token] == nil)
    table[token] = 10
    #expect(table[token] == 10)
    #expect(table.contains(token) == true)
    #expect(table.count == 1)
    table[token] = 11
    #expect(table.count == 1)
    #expect(table.remove(token) == 11)
    #expect(table.remove(token) == nil)
    #expect(table.contains(token) == false)
    #expect(table.count == 0)
  }

  @Test func `token zero names nothing`() {
    let table = TokenTable<Int>()
    #expect(table.contains(Token(rawValue: 0)) == false)
    #expect(table[Token(rawValue: 0)] == nil)
  }

  @Test func `agrees with a dictionary over random insertions and removals`() {
    let seed = UInt64.random(in: 1...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    var table = TokenTable<UInt64>()
    var model: [UInt64: UInt64] = [:]
    var live: [UInt64] = []
    var next: UInt64 = 0
    for step in 0..<100_000 {
      // The share of insertions swings, so that the table grows, empties and churns.
      let wantsInsertion = generator.next() % 100 < (step / 10_000 % 2 == 0 ? 65 : 40)
      if wantsInsertion || live.isEmpty {
        next += 1
        table.insert(next &* 3, for: Token(rawValue: next))
        model[next] = next &* 3
        live.append(next)
      } else {
        let place = Int(generator.next() % UInt64(live.count))
        live.swapAt(place, live.count - 1)
        let gone = live.removeLast()
        let removed = table.remove(Token(rawValue: gone))
        #expect(removed == model.removeValue(forKey: gone), "seed \(seed)")
      }
    }
    #expect(table.count == model.count, "seed \(seed)")
    for key in 0...next where table[Token(rawValue: key)] != model[key] {
      Issue.record("token \(key) differs, seed \(seed)")
      return
    }
    var visited = 0
    table.forEach { token, value in
      if model[token.rawValue] == value { visited += 1 }
    }
    #expect(visited == model.count, "seed \(seed)")
  }

  @Test func `destroys its values with itself`() {
    final class Witness {}
    weak var witness: Witness?
    do {
      var table = TokenTable<Witness>()
      let value = Witness()
      witness = value
      table[Token(rawValue: 9)] = value
    }
    #expect(witness == nil)
  }

  @Test func `storing under token zero is a trap`() async {
    await #expect(processExitsWith: .failure) {
      var table = TokenTable<Int>()
      table.insert(1, for: Token(rawValue: 0))
    }
  }
}
