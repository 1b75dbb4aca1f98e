import Drift
import Testing

@testable import KeyValueServer

/// How a bug is found that shows only in some orders: a whole server and its clients, in memory, on
/// virtual time, under a thousand seeds.
@Suite struct LostUpdateTests {
  private static let seeds: Range<UInt64> = 0..<1_000
  private static let clients = 3

  private struct LostUpdate: Error, Equatable {
    let found: Int
  }

  /// Several clients count the same number up, each over a connection of its own and each a little
  /// later than the one before: it pings more often first.
  private func countUp(_ commands: CommandTable) throws {
    let store = Store()
    try withScope { scope in
      for client in 0..<Self.clients {
        let (near, far) = MemoryStream.pair()
        scope.spawn(name: "session \(client)") {
          try Session(on: store, commands: commands).serve(far)
        }
        scope.spawn(name: "client \(client)") {
          defer { near.close() }
          for _ in 0..<client * 4 {
            try near.write("PING\r\n")
            _ = try near.readExactly(7)
          }
          try near.write("INCR visits\r\n")
          _ = try near.readExactly(4)
        }
      }
    }
    let found = try store.add(0, to: Array("visits".utf8))
    if found != Self.clients { throw LostUpdate(found: found) }
  }

  /// INCR as somebody might write it: between reading the number and writing it, it waits.
  private var planted: CommandTable {
    var commands = CommandTable.standard
    commands["INCR"] = Command(words: 2...2) { request, store, replies in
      let key = request.key(1)
      let number = store.value(of: key).flatMap { Int(decimal: $0[...]) } ?? 0
      GreenThread.yield()
      store.set(key, to: Array(String(number + 1).utf8))
      replies.integer(number + 1)
    }
    return commands
  }

  @Test func `the server loses no update in any order`() throws {
    try runUnderSeeds(Self.seeds) { try countUp(.standard) }
  }

  @Test func `the planted bug does not show in the usual order`() throws {
    try GreenThreads.run(on: VirtualTime()) { try countUp(planted) }
  }

  @Test func `a lost update is found by a seed, and again by the same one`() throws {
    let failed = try #require(throws: FailedUnderSeed.self) {
      try runUnderSeeds(Self.seeds) { try countUp(planted) }
    }
    let lost = try #require(failed.failure as? LostUpdate)
    for _ in 0..<10 {
      #expect(throws: lost) {
        try GreenThreads.run(on: VirtualTime(), order: .seeded(failed.seed)) {
          try countUp(planted)
        }
      }
    }
  }
}
