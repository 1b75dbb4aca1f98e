import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// What happens to a command whose outputs pass a limit.
@Suite struct OverflowTests {
  @Test func `each output has a limit of its own`() throws {
    try onDrift {
      var command = shell("printf abcdef; printf 123456 >&2")
      command.limits.standardOutputLimit = 4
      command.limits.standardErrorLimit = 2
      let result = try command.output()
      #expect(result.text == "abcd" && result.errorText == "12" && result.isTruncated)
    }
  }

  @Test func `the last bytes are kept, or none`() throws {
    try onDrift {
      var command = shell("seq 1 100000")
      command.limits.overflow = .keepTail
      let tail = try command.output(limit: 14)
      #expect(tail.text == "99999\n100000\n".suffix(14) || tail.text.hasSuffix("99999\n100000\n"))
      #expect(tail.standardOutput.count == 14 && tail.isTruncated)
      command.limits.overflow = .discard
      let none = try command.output(limit: 14)
      #expect(none.standardOutput.isEmpty && none.isTruncated && none.status.isSuccess)
    }
  }

  @Test func `the command is ended, and what was kept is returned`() throws {
    try onDrift {
      var command = Command("yes")
      command.onOverflow = .kill
      let killed = try command.output(limit: 100)
      #expect(killed.status == .signalled(.kill, coreDumped: false))
      #expect(killed.standardOutput.count == 100 && killed.isTruncated && !killed.isTimedOut)
      command.onOverflow = .end
      let ended = try command.output(limit: 100)
      #expect(ended.status == .signalled(.terminate, coreDumped: false))
      #expect(ended.standardOutput.count == 100)
    }
  }

  @Test func `with a timeout, the flags of both are set`() throws {
    try onDrift {
      var command = Command("yes")
      command.timeout = timeToStart
      let result = try command.output(limit: 100)
      #expect(result.isTimedOut && result.isTruncated && result.standardOutput.count == 100)
    }
  }

  @Test func `a predicate sees what is split over two reads`() throws {
    try onDrift {
      let match = OutputMatch.predicate(overlap: 3) { bytes in
        bytes.count >= 4 && (0...(bytes.count - 4)).contains { bytes[$0] == 0x21 }
      }
      let result = try shell("printf 'a!'; sleep 0.1; printf 'bcd'; exec sleep 60")
        .output(until: match)
      #expect(result.isMatched && result.text == "a!bcd")
    }
  }

  @Test func `up to the limit nothing happens to the command`() throws {
    try onDrift {
      var command = shell("printf abc; sleep 0.1; printf de")
      command.onOverflow = .kill
      let whole = try command.output(limit: 5)
      #expect(whole.isSuccess && whole.text == "abcde" && !whole.isTruncated)
    }
  }

  @Test func `of a pipeline all are ended, but not for what a stage says`() throws {
    try onDrift {
      var last = shell("seq 1 1000; read line")
      last.limits.byteLimit = 100
      last.onOverflow = .kill
      let whole = try (Command("true") | last).output()
      #expect(whole.isTruncated && whole.stages.map(\.status) == [0, 1].map { .exited(code: $0) })
      var pipeline = Command("sleep", "60") | last
      pipeline.onOverflow = .kill
      let killed = try pipeline.output()
      #expect(killed.isTruncated && killed.standardOutput.count == 100)
      #expect(killed.stages.allSatisfy { $0.status == .signalled(.kill, coreDumped: false) })
    }
  }

  @Test func `a negative limit is refused, and nothing is started`() throws {
    try onDrift {
      #expect(throws: InvalidArgument.self) { _ = try Command("true").output(limit: -1) }
      var command = Command("true")
      command.limits.byteLimit = -1
      #expect(throws: InvalidArgument.self) { try command.run() }
      #expect(ProcessCounters.current.spawned == 0)
    }
  }
}
