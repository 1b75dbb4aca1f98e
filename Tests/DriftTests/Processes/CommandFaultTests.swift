import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

/// Commands whose parent runs out of something in the middle.
@Suite struct CommandFaultTests {
  /// Refuses each call of the parent in turn, up to the last that registers a descriptor.
  ///
  /// Whatever the kernel refuses must be thrown, and leave nothing behind.
  private func refuseCalls(of command: Command, registering count: Int) throws {
    try onDriftWithOwnDescriptors {
      // What all commands of a loop share is opened at its first use.
      try Command("/bin/true").run()
      let before = try DescriptorCensus()
      var registered = 0
      var position = 1
      while registered < count {
        var refusal: (any Error)?
        let wasMet = Fault.inject(.noSpace, atCall: position) {
          refusal = errorThrown { _ = try command.output() }
        }
        try #require(wasMet, "after \(registered) registrations")
        let error = refusal as? CoreError
        #expect(error?.code == .noSpace, "call \(position): \(refusal as Any)")
        if error?.operation == "epoll_ctl_add" { registered += 1 }
        while ProcessCounters.current.live > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
        let opened = try DescriptorCensus().opened(since: before)
        #expect(opened.isEmpty, "call \(position): \(opened)")
        position += 1
      }
    }
  }

  @Test func `a child whose input cannot be waited for is not fed half of it`() throws {
    var command = Command("wc", "-c")
    command.standardInput = .bytes([UInt8](repeating: 0, count: 300_000))
    // Its input, its end, and its two outputs.
    try refuseCalls(of: command, registering: 4)
  }

  @Test func `a child whose outputs cannot be waited for is ended`() throws {
    try refuseCalls(of: shell("echo early; sleep 60; echo late"), registering: 3)
  }
}
