import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// Sent to this OS thread alone: the process has others, which block nothing.
@Suite struct SignalStreamTests {
  private func raise(_ signal: Signal) {
    pthread_kill(pthread_self(), signal.rawValue)
  }

  @Test func `a signal wakes who waits for it`() throws {
    try onDrift {
      let signals = try SignalStream([.user1, .user2])
      var seen: [Signal] = []
      try withScope { scope in
        scope.spawn { for _ in 0..<2 { seen.append(try signals.next().signal) } }
        try GreenThread.sleep(for: .milliseconds(5))
        raise(.user2)
        try GreenThread.sleep(for: .milliseconds(5))
        #expect(seen == [.user2])
        raise(.user1)
      }
      #expect(seen == [.user2, .user1])
    }
  }

  @Test func `signals from before the wait are kept, and equal ones coalesce`() throws {
    try onDrift {
      let signals = try SignalStream([.user1, .user2])
      for signal in [Signal.user1, .user2, .user1] { raise(signal) }
      let first = try signals.next()
      #expect(first.senderPid == getpid())
      #expect(Set([first.signal, try signals.next().signal]) == [.user1, .user2])
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try signals.next() }
      }
    }
  }

  @Test func `a signal that nobody takes does not spin`() throws {
    try onDrift {
      let signals = try SignalStream([.user1])
      raise(.user1)
      #expect(try turns { try GreenThread.sleep(for: .milliseconds(300)) } < 20)
      #expect(try signals.next().signal == .user1)
    }
  }

  @Test func `a second one that waits is told so, and cancelling ends a wait`() throws {
    try onDrift {
      let signals = try SignalStream([.user1])
      try withScope { scope in
        let first = scope.spawn(name: "first") { _ = try signals.next() }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { _ = try signals.next() }
        first.cancel()
        #expect(throws: Cancelled.self) { try first.join() }
      }
      raise(.user1)
      #expect(try signals.next().signal == .user1)
    }
  }

  @Test func `what is no signal, or cannot be taken, is refused`() throws {
    try onDrift {
      for signal in [Signal.kill, .stop, Signal(rawValue: 99)] {
        let error = #expect(throws: CoreError.self) { _ = try SignalStream([signal]) }
        #expect(error?.code == .invalidArgument)
      }
    }
  }

  @Test func `a child of a program that takes signals starts with none blocked`() throws {
    try onDrift {
      let signals = try SignalStream([.user1, .terminate])
      let result = try shell("grep -E 'SigBlk|SigIgn' /proc/self/status").output()
      for line in result.text.split(separator: "\n") {
        #expect(line.hasSuffix("0000000000000000"), "\(line)")
      }
      _ = signals
    }
  }
}
