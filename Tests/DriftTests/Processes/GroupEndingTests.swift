import CoreShift
import Drift
import TestSupport
import Testing

/// What becomes of the rest of a group that is ended.
@Suite struct GroupEndingTests {
  private struct SinkFailed: Error {}

  /// Looks until it has gone, for far less time than it would take to end by itself.
  private func awaitEnd(of pid: Int32) throws {
    try withTimeout(.seconds(10)) {
      while isAlive(pid) { try GreenThread.sleep(for: .milliseconds(1)) }
    }
  }

  @Test func `members that have ended and are not collected use up no grace`() throws {
    try onDrift {
      var command = Command("sleep", "60")
      command.grace = .seconds(600)
      let child = try command.start()
      var options = SpawnOptions(["/bin/sleep", "60"], backend: .clone)
      options.processGroup = .join(child.pid)
      // A zombie for as long as nobody here asks how it ended.
      let member = try options.spawn()
      child.requestEnd()
      let result = try withTimeout(.seconds(20)) { try child.output() }
      #expect(result.status == .signalled(.terminate, coreDumped: false))
      #expect(member.process.exit == nil)
    }
  }

  @Test func `a stage that has left the group is ended like the others`() throws {
    try onDrift {
      // As `timeout` does; it says so once it has left.
      let pipeline =
        Command("sleep", "60")
        | Command("setsid", "sh", "-c", "echo left; exec sleep 60")
      let running = try pipeline.start()
      #expect(try running.standardOutput.readLine() == "left")
      running.kill()
      let reports = try withTimeout(.seconds(20)) { try running.wait() }
      #expect(reports.allSatisfy { $0.status == .signalled(.kill, coreDumped: false) })
    }
  }

  @Test func `the group has its grace behind a child that is ended, and no more`() throws {
    try onDrift {
      var command = shell("(trap '' TERM; echo $(exec sh -c 'echo $PPID'); exec sleep 600) & wait")
      command.grace = .milliseconds(200)
      let child = try command.start()
      let member = try #require(Int32(try child.standardOutput.readLine() ?? ""))
      let (report, span) = try measured { try child.end() }
      #expect(report.status == .signalled(.terminate, coreDumped: false))
      #expect(span >= .milliseconds(200))
      try awaitEnd(of: member)
    }
  }

  @Test func `a sink that fails in the grace of a group leaves nobody behind`() throws {
    try onDrift {
      var command = shell(
        """
        (trap '' TERM; echo $(exec sh -c 'echo $PPID')
         while kill -0 $$ 2>/dev/null; do sleep 0.02; done; echo bye; exec sleep 600) & wait
        """)
      command.timeout = timeToStart
      command.grace = .seconds(3)
      var member: Int32?
      #expect(throws: SinkFailed.self) {
        try command.output(sink: { _, bytes in
          let line = String(decoding: bytes, as: UTF8.self)
          if member != nil { throw SinkFailed() }
          member = Int32(line.filter(\.isNumber))
        })
      }
      let number = try #require(member)
      try awaitEnd(of: number)
    }
  }
}
