import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// A fresh child may be sent to another OS thread, where its loop's tables are nobody's to change.
@Suite struct ChildProcessElsewhereTests {
  @Test func `a child is killed by its loop, when the loop's turn comes`() throws {
    try onDrift {
      let child = try Command("sleep", "600").start()
      nonisolated(unsafe) let sent = child
      // Nobody else has a turn before it has ended.
      HelperThread { unsafe sent.kill() }.join()
      #expect(killCount() == 0)
      let status = try child.wait(within: .seconds(20)).status
      #expect(status == .signalled(.kill, coreDumped: false))
      #expect(killCount() == 1)
    }
  }

  @Test func `who waits for a child that is asked to end elsewhere waits on to its end`() throws {
    try onDrift {
      let child = try Command("sleep", "600").start()
      try withScope { scope in
        let waiting = scope.spawn { try child.wait(within: .seconds(20)) }
        GreenThread.yield()
        nonisolated(unsafe) let sent = child
        HelperThread { unsafe sent.requestEnd() }.join()
        let status = try waiting.join().status
        #expect(status == .signalled(.terminate, coreDumped: false))
      }
    }
  }

  @Test func `all stages of a pipeline are ended by its loop`() throws {
    try onDrift {
      let pipeline = try (Command("sleep", "600") | Command("sleep", "600")).start()
      nonisolated(unsafe) let sent = pipeline
      HelperThread { unsafe sent.kill() }.join()
      #expect(killCount() == 0)
      let ends = try withTimeout(.seconds(20)) { try pipeline.wait() }
      #expect(ends.map(\.status) == [.signalled(.kill, coreDumped: false), ends[0].status])
    }
  }

  @Test func `when the loop has ended a child is killed at once, and may be asked for its end`()
    throws
  {
    let box = Box()
    try onDrift { box.child = try Command("sleep", "600").start() }
    let child = try #require(box.child)
    #expect(child.exitReport == nil && child.endTime == nil)
    child.kill()
    var told = unsafe siginfo_t()
    // Not reaped: that is left to the child's owner.
    let flags = WEXITED | WNOWAIT
    try #require(unsafe waitid(P_PID, id_t(child.pid), &told, flags) == 0)
    box.child = nil
  }

  @Test func `an input that the loop feeds is closed by it, and its feeding ends`() throws {
    try onDrift {
      var command = Command("sleep", "600")
      command.standardInput = .bytes(noise(1 << 20, seed: 1))
      let child = try command.start()
      let feeder = "input of \(child.pid)"
      GreenThread.yield()
      #expect(isThere(feeder))
      nonisolated(unsafe) let sent = child
      HelperThread { unsafe sent.standardInput.close() }.join()
      try withTimeout(.seconds(20)) {
        while isThere(feeder) { try GreenThread.sleep(for: .milliseconds(1)) }
      }
      #expect(throws: ResourceClosed.self) { try child.standardInput.shutdownWrite() }
    }
  }

  /// How many children the loop has killed.
  private func killCount() -> Int? {
    SchedulerSnapshot().observations.first { $0.name == "processes killed" }?.count
  }

  private func isThere(_ name: String) -> Bool {
    SchedulerSnapshot().threads.contains { $0.name == name }
  }
}

/// Brings a child out of its `run`.
private final class Box: @unchecked Sendable {
  var child: ChildProcess?
}
