import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// What the end of a command's time does, apart from the graceful end.
@Suite struct TimeoutTests {
  @Test func `kill does not ask first`() throws {
    try onDrift {
      var command = shell("trap 'echo asked' TERM; echo hi; while :; do sleep 0.02; done")
      command.timeout = timeToStart
      command.onTimeout = .kill
      let result = try command.output()
      #expect(result.status == .signalled(.kill, coreDumped: false))
      #expect(result.isTimedOut && result.text == "hi\n")
    }
  }

  @Test func `none returns control, and the child runs on with its pipes`() throws {
    try onDrift {
      var command = shell("echo before; read word; echo after $word")
      command.standardInput = .pipe
      command.timeout = timeToStart
      command.onTimeout = .none
      let child = try command.start()
      let first = try child.output()
      #expect(first.isTimedOut && first.text == "before\n" && first.status == .unknown)
      #expect(child.exitReport == nil && isAlive(child.pid))
      try child.standardInput.write("it\n")
      let rest = try child.output()
      #expect(rest.text == "after it\n" && rest.status.isSuccess && !rest.isTimedOut)
    }
  }

  @Test func `a wait has a time of its own, and the child runs on`() throws {
    try onDrift {
      var command = Command("cat")
      command.standardInput = .pipe
      let child = try command.start()
      #expect(throws: DeadlineExceeded.self) { try child.wait(within: .zero) }
      #expect(throws: DeadlineExceeded.self) { try child.wait(within: .milliseconds(20)) }
      #expect(throws: InvalidArgument.self) { try child.wait(within: .seconds(-1)) }
      child.standardInput.close()
      #expect(try child.wait(within: .seconds(25)).status.isSuccess)
      #expect(try child.wait(within: .zero).status.isSuccess)
    }
  }

  @Test func `a green thread that waits is woken by its cancellation, and the child runs on`()
    throws
  {
    try onDrift {
      let child = try Command("sleep", "60").start()
      try withScope { scope in
        let waiter = scope.spawn { try child.wait() }
        GreenThread.yield()
        waiter.cancel()
        #expect(throws: Cancelled.self) { _ = try waiter.join() }
      }
      #expect(isAlive(child.pid))
      child.kill()
      #expect(try child.wait().status == .signalled(.kill, coreDumped: false))
    }
  }
}
