import GreenThreads
import TestSupport
import Testing

@Suite struct GateTests {
  @Test func `all that wait pass when it opens, also when it is closed again at once`() throws {
    try onVirtualTime {
      let gate = Gate()
      var passed = 0
      try withScope(isolatingFailures: { _ in }) { scope in
        for _ in 0..<5 {
          scope.spawn {
            try gate.pass()
            passed += 1
          }
        }
        GreenThread.yield()
        #expect(passed == 0)
        gate.open()
        gate.close()
        let late = scope.spawn {
          try gate.pass(within: .seconds(1))
          return true
        }
        try GreenThread.sleep(for: .milliseconds(1))
        #expect(passed == 5)
        #expect(throws: DeadlineExceeded.self) { _ = try late.join() }
      }
    }
  }

  @Test func `cancelling ends the wait before it`() throws {
    try onVirtualTime {
      let gate = Gate()
      try withScope { scope in
        let child = scope.spawn { try gate.pass() }
        GreenThread.yield()
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
        gate.open()
      }
    }
  }

  @Test func `an open gate is passed at once, though not by who is cancelled`() throws {
    try onVirtualTime {
      let gate = Gate()
      #expect(throws: DeadlineExceeded.self) { try gate.pass(within: .zero) }
      #expect(throws: InvalidArgument.self) { try gate.pass(within: .seconds(-1)) }
      gate.open()
      #expect(gate.isOpen)
      try gate.pass()
      try gate.pass(within: .zero)
      try withScope { scope in
        let child = scope.spawn {
          #expect(throws: Cancelled.self) { try GreenThread.sleep(for: .seconds(1)) }
          #expect(throws: Cancelled.self) { try gate.pass() }
        }
        GreenThread.yield()
        child.cancel()
      }
    }
  }
}
