import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct SignalDescriptorTests {
  @Test func `a signal is taken once, with its sender`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.user1, .user2])
      #expect(try signals.take() == nil)
      sendToThisThread(.user2)
      let delivery = try signals.take()
      #expect(delivery?.signal == .user2)
      #expect(delivery?.senderPid == getpid())
      #expect(delivery?.senderUid == getuid())
      #expect(delivery?.childStatus == nil)
      #expect(delivery?.value == 0)
      #expect(try signals.take() == nil)
    }
  }

  @Test func `the same signal sent twice arrives once`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.user1])
      sendToThisThread(.user1)
      sendToThisThread(.user1)
      #expect(try signals.take()?.signal == .user1)
      #expect(try signals.take() == nil)
    }
  }

  @Test func `a reactor tells that a signal is pending`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.user1])
      var reactor = try Reactor()
      let token = try reactor.register(signals.descriptor, for: .reading)
      var events: [Event] = []
      #expect(try reactor.wait(into: &events, upTo: 4, for: .zero) == 0)
      sendToThisThread(.user1)
      #expect(try reactor.waitUninterrupted(into: &events, upTo: 4, for: .seconds(20)) == 1)
      #expect(events.first?.token == token)
      #expect(try signals.take()?.signal == .user1)
      try reactor.unregister(token)
    }
  }

  @Test func `it is non-blocking and goes to no program`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.user1])
      #expect(try signals.descriptor.blockingMode == .nonBlocking)
      #expect(try signals.descriptor.execMode == .closed)
    }
  }

  @Test func `its end unblocks what it blocked, and nothing else`() throws {
    try onOwnThread {
      let before = blockedSignals()
      let outer = try SignalDescriptor([.user1])
      do {
        let inner = try SignalDescriptor([.user1, .user2])
        #expect(blockedSignals() == before.union([SIGUSR1, SIGUSR2]))
        _ = consume inner
      }
      #expect(blockedSignals() == before.union([SIGUSR1]))
      _ = consume outer
      #expect(blockedSignals() == before)
    }
  }

  @Test func `ended on another thread, it leaves that thread's mask as it is`() throws {
    try onOwnThread {
      let signals = try SignalDescriptor([.user1])
      let kept = Kept(signals)
      try onOwnThread {
        // Inherited from the thread that started this one.
        #expect(blockedSignals().contains(SIGUSR1))
        kept.end()
        #expect(blockedSignals().contains(SIGUSR1))
      }
      #expect(blockedSignals().contains(SIGUSR1))
    }
  }

  @Test(
    arguments: [
      [], [.kill], [.user1, .stop], [Signal(rawValue: 0)], [Signal(rawValue: -3)],
      [Signal(rawValue: 65)], [.user1, Signal(rawValue: 32)],
    ] as [[Signal]])
  func `what cannot be blocked is EINVAL, and the mask stays`(signals: [Signal]) throws {
    try onOwnThread {
      let before = blockedSignals()
      let error = #expect(throws: CoreError.self) { _ = try SignalDescriptor(signals) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.operation == "signalfd")
      #expect(blockedSignals() == before)
    }
  }

  @Test func `a signal of real time can be taken as well`() throws {
    try onOwnThread {
      let signal = Signal(rawValue: 40)
      let signals = try SignalDescriptor([signal])
      sendToThisThread(signal)
      sendToThisThread(signal)
      #expect(try signals.take()?.signal == signal)
      #expect(try signals.take()?.signal == signal)
      #expect(try signals.take() == nil)
    }
  }

  // In processes of their own, which are no copies of this one: its other threads may hold locks.

  @Test func `a process ends by the signal, also when it is blocked`() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      blockAllSignals()
      Signal.terminate.endProcess()
    }
    await #expect(processExitsWith: .signal(SIGINT)) {
      blockAllSignals()
      Signal.interrupt.endProcess()
    }
    await #expect(processExitsWith: .signal(SIGKILL)) {
      blockAllSignals()
      Signal.kill.endProcess()
    }
  }

  @Test func `a signal that ends nothing by default ends with 128 and its number`() async {
    await #expect(processExitsWith: .exitCode(128 + 28)) {
      blockAllSignals()
      Signal.windowChange.endProcess()
    }
  }
}

/// Blocks them for this OS thread.
private func blockAllSignals() {
  var set = sigset_t()
  unsafe sigfillset(&set)
  unsafe pthread_sigmask(SIG_SETMASK, &set, nil)
}

/// Holds a descriptor for another thread to end.
private final class Kept: @unchecked Sendable {
  // SAFETY: one thread starts the other and waits for it, so that they take turns.
  private var signals: SignalDescriptor?
  init(_ signals: consuming SignalDescriptor) { self.signals = consume signals }
  func end() { signals = nil }
}
