import Drift
import DriftTesting
import KeyValueServer
import Testing

/// The whole server with its listener, in memory, over connections that do everything a network may
/// do: pieces of a few bytes, late, in any order.
@Suite struct FaultyNetworkTests {
  private struct WrongAnswer: Error, CustomStringConvertible {
    let client: Int
    let answer: String
    var description: String { "client \(client) got \(answer.debugDescription)" }
  }

  private static let clients = 3

  /// Serves while `body` and its clients run.
  private func serve(
    _ store: Store, seed: UInt64, _ body: (MemoryListener, Scope) throws -> Void
  ) throws {
    let listener = MemoryListener(backlog: 1)
    var failure: (any Error)?
    try withScope { scope in
      scope.spawn(name: "server") {
        try listener.serve(limit: 2, draining: .seconds(60), onFailure: { failure = $0 }) {
          client in
          let stream = FaultyStream(client, faults: .rough(seed: seed))
          // A client that has gone is no failure of the server's.
          do { try Session(on: store).serve(stream) } catch is CoreError {}
        }
      }
      try withScope { clients in try body(listener, clients) }
      listener.stop()
    }
    if let failure { throw failure }
  }

  /// What client `number` asks for and is answered, whoever else is served meanwhile.
  private func conversation(_ number: Int) -> (question: String, answer: String) {
    let value = String(repeating: "v\(number)", count: 20)
    return (
      "SET key\(number) \(value)\r\n*2\r\n$3\r\nGET\r\n$4\r\nkey\(number)\r\nINCR own\(number)\r\n"
        + "INCR visits\r\nGET\r\nPING\r\n",
      "+OK\r\n$\(value.utf8.count)\r\n\(value)\r\n:1\r\n:N\r\n"
        + "-ERR wrong number of arguments for 'get' command\r\n+PONG\r\n"
    )
  }

  private func converse(_ number: Int, on stream: any DuplexStream) throws -> Int {
    defer { stream.close() }
    let (question, expected) = conversation(number)
    try stream.write(question)
    try stream.shutdownWrite()
    let answer = String(decoding: try stream.readAll(limit: 10_000), as: UTF8.self)
    for visit in 1...Self.clients
    where answer == expected.replacing(":N", with: ":\(visit)") { return visit }
    throw WrongAnswer(client: number, answer: answer)
  }

  @Test func `over faulty streams every client gets the same answers, under 100 seeds`() throws {
    try runUnderSeeds(0..<100) { seed in
      try withLeakCheck(of: [.greenThreads, .stacks]) {
        let store = Store()
        var visits: Set<Int> = []
        try serve(store, seed: seed) { listener, scope in
          for number in 0..<Self.clients {
            scope.spawn(name: "client \(number)") {
              let faults = FaultScript.rough(seed: seed &* 10 &+ UInt64(number) &+ 1000)
              let stream = FaultyStream(try listener.connect(), faults: faults)
              visits.insert(try converse(number, on: stream))
            }
          }
        }
        // Everybody's visit was counted once.
        try #require(visits == Set(1...Self.clients))
      }
    }
  }

  @Test func `a client whose connection breaks at any byte takes nothing from another`() throws {
    let length = conversation(0).question.utf8.count
    try runUnderSeeds(0..<100) { seed in
      let store = Store()
      try serve(store, seed: seed) { listener, scope in
        scope.spawn(name: "broken client") {
          var faults = FaultScript.rough(seed: seed)
          faults.writingEnds = .end(afterBytes: Int(seed) % length)
          let stream = FaultyStream(try listener.connect(), faults: faults)
          defer { stream.close() }
          try? stream.write(conversation(0).question)
        }
        scope.spawn(name: "good client") {
          _ = try converse(1, on: FaultyStream(try listener.connect(), faults: .rough(seed: seed)))
        }
      }
      try #require(store.value(of: Array("own1".utf8)) == Array("1".utf8))
    }
  }
}
