import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// The order in which addresses are tried, in virtual time and without sockets.
@Suite struct ConnectRaceTests {
  /// How an address behaves.
  private enum Behaviour {
    case answers(after: Duration)
    case refuses(after: Duration)
  }

  private final class Winner: Connection {
    let name: String
    private let log: EventLog

    init(_ name: String, _ log: EventLog) {
      self.name = name
      self.log = log
    }

    func close() { log.note("\(name) closed") }
  }

  private struct Refused: Error {}

  /// Runs a race and notes what happens, with the milliseconds since its start.
  private func race(
    _ addresses: [(String, Behaviour)], within limit: Duration? = nil
  ) throws -> (winner: String?, log: [String]) {
    try onVirtualTime {
      let log = EventLog()
      let start = Instant.now
      let note: (String) -> Void = { entry in
        log.note("\(Int(start.duration(to: .now) / .milliseconds(1))) \(entry)")
      }
      let race = ConnectRace(between: addresses) { name, behaviour in
        note("\(name) begins")
        do {
          switch behaviour {
          case .answers(let span):
            try GreenThread.sleep(for: span)
            note("\(name) answers")
            return Winner(name, log)
          case .refuses(let span):
            try GreenThread.sleep(for: span)
            note("\(name) refuses")
            throw Refused()
          }
        } catch let error as Cancelled {
          note("\(name) is cancelled")
          throw error
        }
      }
      switch try race.run() {
      case .winner(let winner): return (winner.name, log.entries)
      case .defeat(let failures):
        note("defeat of \(failures.map(\.address.0).joined(separator: " "))")
        return (nil, log.entries)
      }
    }
  }

  @Test func `an address that answers in time has no rival`() throws {
    let (winner, log) = try race([
      ("a", .answers(after: .milliseconds(249))), ("b", .answers(after: .zero)),
    ])
    #expect(winner == "a")
    #expect(log == ["0 a begins", "249 a answers"])
  }

  @Test func `a silent address has 250 milliseconds, and stays in the race`() throws {
    let (winner, log) = try race([
      ("a", .answers(after: .milliseconds(400))), ("b", .answers(after: .milliseconds(300))),
      ("c", .answers(after: .seconds(9))),
    ])
    #expect(winner == "a")
    #expect(log == ["0 a begins", "250 b begins", "400 a answers", "400 b is cancelled"])
  }

  @Test func `the first success wins, and the others are cancelled`() throws {
    let (winner, log) = try race([
      ("a", .answers(after: .seconds(60))), ("b", .answers(after: .milliseconds(10))),
    ])
    #expect(winner == "b")
    #expect(log == ["0 a begins", "250 b begins", "260 b answers", "260 a is cancelled"])
  }

  @Test func `after a refusal the next is tried at once`() throws {
    let (winner, log) = try race([
      ("a", .refuses(after: .milliseconds(3))), ("b", .refuses(after: .milliseconds(3))),
      ("c", .answers(after: .milliseconds(1))),
    ])
    #expect(winner == "c")
    #expect(
      log == [
        "0 a begins", "3 a refuses", "3 b begins", "6 b refuses", "6 c begins", "7 c answers",
      ])
  }

  @Test func `when all have failed, each failure is told, in the order of the addresses`() throws {
    let (winner, log) = try race([
      ("a", .refuses(after: .milliseconds(600))), ("b", .refuses(after: .milliseconds(10))),
      ("c", .refuses(after: .milliseconds(20))),
    ])
    #expect(winner == nil)
    #expect(
      log == [
        "0 a begins", "250 b begins", "260 b refuses", "260 c begins", "280 c refuses",
        "600 a refuses", "600 defeat of a b c",
      ])
  }

  @Test func `of two that answer at the same moment one is closed`() throws {
    let (winner, log) = try race([
      ("a", .answers(after: .milliseconds(300))), ("b", .answers(after: .milliseconds(50))),
    ])
    #expect(winner == "a" || winner == "b")
    let loser = winner == "a" ? "b" : "a"
    #expect(log.contains("\(loser) closed") && !log.contains("\(winner ?? "") closed"))
  }

  @Test func `a deadline around the race ends all of it`() throws {
    try onVirtualTime {
      var cancelled = 0
      let race = ConnectRace(between: [1, 2, 3]) { _ -> Winner in
        do {
          try GreenThread.sleep(for: .seconds(60))
          return Winner("", EventLog())
        } catch {
          cancelled += 1
          throw error
        }
      }
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(600)) { _ = try race.run() }
      }
      #expect(cancelled == 3)
    }
  }

  @Test func `the families take turns, beginning with the first one's`() throws {
    let addresses = try ["::1", "::2", "::3", "127.0.0.1"].map {
      try SocketAddress(ip: $0, port: 1)
    }
    #expect(takingTurns(addresses).map(\.host) == ["::1", "127.0.0.1", "::2", "::3"])
    #expect(takingTurns([]) == [])
    #expect(takingTurns(Array(addresses[3...])) == [addresses[3]])
  }
}
