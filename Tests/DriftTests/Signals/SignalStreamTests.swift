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

  private func delivery(_ signals: SignalStream) throws -> SignalDelivery {
    let delivery = try signals.next()
    return try #require(delivery)
  }

  /// Sends a real-time signal with a value to this OS thread.
  private func queue(_ signal: Int32, _ value: Int) {
    // Not declared without `_GNU_SOURCE`. A `sigval` is passed as the word that it is.
    typealias Queue = @convention(c) (pthread_t, Int32, Int) -> Int32
    let symbol = unsafe dlsym(nil, "pthread_sigqueue")
    let send = unsafe unsafeBitCast(symbol, to: Queue.self)
    #expect(send(pthread_self(), signal, value) == 0)
  }

  @Test func `a signal wakes who waits for it`() throws {
    try onDrift {
      let signals = try SignalStream([.user1, .user2])
      var seen: [Signal] = []
      try withScope { scope in
        scope.spawn { for _ in 0..<2 { seen.append(try delivery(signals).signal) } }
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
      let first = try delivery(signals)
      #expect(first.senderPid == getpid())
      let second = try delivery(signals)
      #expect(Set([first.signal, second.signal]) == [.user1, .user2])
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(10)) { _ = try signals.next() }
      }
    }
  }

  @Test func `a signal that nobody takes does not spin`() throws {
    try onDrift {
      let signals = try SignalStream([.user1])
      raise(.user1)
      let before = polls()
      try GreenThread.sleep(for: .milliseconds(100))
      // One for the edge, one for the timer, and one for each signal that goes to whatever thread
      // of the process meanwhile, also by other tests; a spin makes a hundred thousand.
      #expect(polls() - before < 1000)
      #expect(try signals.next()?.signal == .user1)
    }
  }

  private func polls() -> Int {
    SchedulerSnapshot().observations.first { $0.name == "polls" }?.count ?? 0
  }

  @Test func `every stream of a scheduler gets a signal that several want`() throws {
    try onDrift {
      let one = try SignalStream([.user1, .user2])
      let two = try SignalStream([.user1])
      var seen: [String] = []
      try withScope { scope in
        scope.spawn { seen.append("one \(try delivery(one).signal)") }
        scope.spawn { seen.append("two \(try delivery(two).signal)") }
        GreenThread.yield()
        raise(.user1)
      }
      #expect(Set(seen) == ["one SIGUSR1", "two SIGUSR1"])
      one.close()
      // Still taken: it would end this process.
      raise(.user1)
      #expect(try two.next()?.signal == .user1)
      let three = try SignalStream([.user1])
      raise(.user1)
      #expect(try three.next()?.signal == .user1)
      #expect(try two.next()?.signal == .user1)
    }
  }

  @Test func `closing a stream ends a wait with nil, and what comes then acts as usual`() throws {
    try onDrift {
      unblock(SIGUSR1)
      let signals = try SignalStream([.user1])
      try withScope { scope in
        let waiter = scope.spawn { try signals.next() == nil }
        GreenThread.yield()
        signals.close()
        let isNil = try waiter.join()
        #expect(isNil)
      }
      #expect(try signals.next() == nil)
      #expect(!isBlocked(SIGUSR1))
      let other = try SignalStream([.user1])
      #expect(isBlocked(SIGUSR1))
      other.close()
      other.close()
      #expect(!isBlocked(SIGUSR1))
    }
  }

  @Test func `real-time signals queue, each with its value`() throws {
    try onDrift {
      let signals = try SignalStream([Signal(rawValue: 40)])
      for value in 1...3 {
        queue(40, value)
      }
      var values: [Int32] = []
      for _ in 1...3 { values.append(try delivery(signals).value) }
      #expect(values == [1, 2, 3])
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
      #expect(try signals.next()?.signal == .user1)
    }
  }

  @Test func `what is no signal, or cannot be taken, is refused`() throws {
    try onDrift {
      unblock(SIGUSR1)
      for signal in [Signal.kill, .stop, Signal(rawValue: 99)] {
        let error = #expect(throws: CoreError.self) { _ = try SignalStream([signal]) }
        #expect(error?.code == .invalidArgument)
      }
      #expect(throws: CoreError.self) { _ = try SignalStream([]) }
      #expect(throws: CoreError.self) { _ = try SignalStream([.user1, .kill]) }
      #expect(!isBlocked(SIGUSR1), "what was taken before the refusal is given back")
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

  @Test func `a signal that no stream has taken acts as usual when the last one ends`() async {
    let result = await #expect(processExitsWith: .failure) {
      try onDrift {
        for signal in [SIGUSR1, SIGUSR2] { unblock(signal) }
        let signals = try SignalStream([.user1, .user2])
        for signal in [SIGUSR1, SIGUSR2] { pthread_kill(pthread_self(), signal) }
        _ = try signals.next()
        signals.close()
      }
      exit(EXIT_SUCCESS)
    }
    let ends = [SIGUSR1, SIGUSR2].map { Testing.ExitStatus.signal($0) }
    #expect(result.map { ends.contains($0.exitStatus) } == true, "\(String(describing: result))")
  }

  @Test func `a select that takes another branch leaves a signal in the kernel`() throws {
    try onDrift {
      let signals = try SignalStream([.user1])
      var isSignal = true
      while isSignal {
        // Both are ready, and have the same chance.
        raise(.user1)
        isSignal = try select(
          SelectBranch.after(.zero) { false }, .signal(from: signals) { _ in true })
      }
      #expect(isPending(SIGUSR1))
      let again = try select(.signal(from: signals) { $0?.signal })
      #expect(again == .user1)
      #expect(!isPending(SIGUSR1))
    }
  }
}

/// Whether the calling OS thread blocks `signal`.
func isBlocked(_ signal: Int32) -> Bool {
  var mask = sigset_t()
  unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
  return unsafe sigismember(&mask, signal) == 1
}

/// Has the calling OS thread take `signal`, which Swift's own threads, from which it was started,
/// block.
func unblock(_ signal: Int32) {
  var set = sigset_t()
  unsafe sigemptyset(&set)
  unsafe sigaddset(&set, signal)
  unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
}

/// Whether `signal` waits for the calling OS thread to take it.
func isPending(_ signal: Int32) -> Bool {
  var set = sigset_t()
  unsafe sigpending(&set)
  return unsafe sigismember(&set, signal) == 1
}
