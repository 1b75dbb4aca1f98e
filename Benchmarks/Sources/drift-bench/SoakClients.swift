import Drift

/// `count` clients at a time that connect, talk and end in every way there is, for so long.
func soakClients(port: UInt16, seconds: Int, count: Int) throws {
  let seed = UInt64.random(in: 0 ... .max)
  print("seed \(seed)")
  let tally = SoakTally()
  try run {
    let end = Instant.now.advanced(by: .seconds(seconds))
    try withScope(isolatingFailures: { tally.noteUnexpected($0) }) { clients in
      for index in 0..<count {
        clients.spawn {
          var chance = Chance(seed: seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
          // Not all at once.
          try GreenThread.sleep(for: .milliseconds(chance.number(below: 2000)))
          while Instant.now < end {
            do {
              try talk(port, &chance, tally, until: end)
            } catch {
              tally.noteUnexpected(error)
            }
          }
        }
      }
    }
  }
  tally.printAll()
}

/// One connection, from its beginning to one of its ends.
private func talk(
  _ port: UInt16, _ chance: inout Chance, _ tally: SoakTally, until end: Instant
) throws {
  let host = "127.0.0.\(1 + chance.number(below: 32))"
  let stream = try TCPStream(connect: host, port: port)
  defer { stream.close() }
  tally.connected += 1
  for _ in 0..<chance.number(below: 24) where Instant.now < end {
    let question = chance.bytes(1 + chance.number(below: 4096))
    try stream.write(question)
    let answer = try stream.readExactly(question.count)
    if answer != question { throw InvalidArgument("another answer than the question") }
    tally.bytes += answer.count
    try GreenThread.sleep(for: .milliseconds(chance.number(below: 2000)))
  }
  switch chance.number(below: 5) {
  case 0: tally.orderly += 1
  case 1:
    // Half-closed: everything that was asked still comes, and then the end.
    let question = chance.bytes(1 + chance.number(below: 30_000))
    try withScope { scope in
      scope.spawn {
        try stream.write(question)
        try stream.shutdownWrite()
      }
      if try stream.readAll(limit: 1 << 20) != question {
        throw InvalidArgument("another answer than the question, half-closed")
      }
    }
    tally.halfClosed += 1
  case 2:
    tally.rude += 1
    stream.reset()
  case 3:
    // Gone with the answer on its way, which is a reset, too.
    tally.rude += 1
    try stream.write(chance.bytes(1 + chance.number(below: 4096)))
  default:
    // Gone in the middle of a question, by a cancellation.
    tally.rude += 1
    do {
      try withTimeout(.milliseconds(chance.number(below: 50))) {
        while true { try stream.write(chance.bytes(4096)) }
      }
    } catch is DeadlineExceeded {}
  }
}

/// What has happened, for the report.
private final class SoakTally {
  var connected = 0
  var bytes = 0
  var orderly = 0
  var halfClosed = 0
  var rude = 0
  private var unexpected = 0

  func noteUnexpected(_ error: any Error) {
    unexpected += 1
    if unexpected <= 10 { print("error", error) }
  }

  func printAll() {
    print("connected \(connected)\nbytes \(bytes)\norderly \(orderly)")
    print("half-closed \(halfClosed)\nrude \(rude)\nunexpected \(unexpected)")
  }
}

/// Random numbers that come again with the same seed.
private struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func bytes(_ count: Int) -> [UInt8] {
    let start = next()
    return (0..<count).map { UInt8(truncatingIfNeeded: start &+ UInt64($0) &* 31) }
  }
}
