import CoreShift
import Glibc
import GreenThreads
import TestSupport
import Testing

@testable import Drift

/// A command that is collected while nobody else can run is waited for in the place where it was
/// started.
@Suite(.disabled(if: isSanitized, "nobody waits in place there"))
struct WaitingWhereItStartsTests {
  @Test func `a short command asks the loop for nothing`() throws {
    try onDrift {
      // What all commands of a loop share is opened at its first use.
      try Command("/bin/true").run()
      let events = ReactorEvents.current(for: "test")
      let before = events.pollCount
      let result = try shell("exit 3").output()
      #expect(result.status == .exited(code: 3) && result.standardOutput.isEmpty)
      #expect(result.usage != nil && !result.isCutOff)
      #expect(events.pollCount == before)
      #expect(ProcessCounters.current.live == 0)
    }
  }

  @Test func `whoever else waits is woken meanwhile`() throws {
    try onDrift {
      let answer = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let reader = answer.readEnd
      let writer = answer.writeEnd
      var command = shell("read line")
      command.standardInput = .descriptor(reader.rawValue)
      try withScope { scope throws in
        scope.spawn {
          try GreenThread.sleep(for: .milliseconds(20))
          _ = try Fd.borrowing(writer.rawValue) { it throws(CoreError) in try it.write([10]) }
        }
        GreenThread.yield()
        // Without the sleeper it has no end.
        try command.run()
      }
      try reader.close()
    }
  }

  @Test func `work from another OS thread is done meanwhile`() throws {
    try onDrift {
      let answer = try Pipe(readEnd: .blocking, writeEnd: .blocking)
      let reader = answer.readEnd
      let writer = answer.writeEnd
      let number = writer.rawValue
      var command = shell("read line")
      command.standardInput = .descriptor(reader.rawValue)
      let remote = RemoteHandle()
      let helper = HelperThread {
        usleep(20_000)
        remote.submit {
          _ = try? Fd.borrowing(number) { it throws(CoreError) in try it.write([10]) }
        }
      }
      // Without that work it has no end.
      try command.run()
      helper.join()
      try reader.close()
      try writer.close()
    }
  }

  @Test func `its own time limit ends it, and so does one around it`() throws {
    try onDrift {
      var command = Command("sleep", "60")
      command.timeout = .milliseconds(30)
      let result = try command.output()
      #expect(result.isTimedOut)
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(30)) { _ = try Command("sleep", "60").run() }
      }
    }
  }

  @Test func `what it writes is read on, however much`() throws {
    try onDrift {
      let result = try shell("head -c 3000000 /dev/zero; echo end >&2")
        .output(limit: 4 << 20)
      #expect(result.standardOutput.count == 3_000_000)
      #expect(result.errorText == "end\n")
    }
  }

  @Test func `a descendant that keeps the outputs is waited for as ever`() throws {
    try onDrift {
      var command = shell("(sleep 0.2; echo late) & echo early")
      command.linger = .seconds(20)
      let result = try command.output()
      #expect(result.text == "early\nlate\n")
    }
  }

  @Test func `a report has it parked, for the end of its process`() throws {
    try onDrift {
      setBlocked(SIGURG, false)
      let remote = RemoteHandle()
      let helper = HelperThread {
        // Ends what the report names, and without such a report nobody does.
        while let snapshot = remote.snapshot() {
          let reason = snapshot.threads.first?.reason
          guard !snapshot.isDegraded, reason?.kind == "for the end of process",
            let pid = reason?.subject
          else { continue }
          kill(pid_t(pid), SIGTERM)
          return
        }
      }
      let result = try Command("sleep", "60").output()
      helper.join()
      #expect(result.status == .signalled(.terminate, coreDumped: false))
    }
  }
}
