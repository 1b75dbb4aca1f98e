import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct DescriptorElsewhereTests {
  @Test func `what is closed on another OS thread is closed by the loop`() throws {
    try onDriftWithOwnDescriptors {
      let (reader, writer) = try makePipe()
      let number = reader.rawValue
      nonisolated(unsafe) let sent = reader
      // Nobody else has a turn before it has ended.
      HelperThread {
        unsafe sent.close()
        unsafe sent.close()
      }.join()
      #expect(reader.isClosed)
      #expect(isOpen(number))
      try awaitTurn { !isOpen(number) }
      #expect(throws: CoreError.self) { try writer.write([1]) }
      #expect(throws: ResourceClosed.self) { try parkRead(reader) }
    }
  }

  @Test func `what is let go of on another OS thread is closed by the loop`() throws {
    try onDriftWithOwnDescriptors {
      let (stream, other) = try UnixStream.pair()
      let numbers = openNumbers()
      let box = Box(stream)
      // Events that come meanwhile find where they belong.
      try other.write("unread")
      box.empty(elsewhere: consume stream)
      #expect(openNumbers() == numbers)
      try awaitTurn { openNumbers().count == numbers.count - 1 }
      other.close()
    }
  }

  @Test func `what is let go of when the loop has ended is closed at once`() throws {
    try withOwnDescriptors {
      let box = Box<(Descriptor, Descriptor)>(nil)
      let before = openNumbers()
      try Drift.run { box.value = try makePipe() }
      #expect(openNumbers().count > before.count)
      box.empty(elsewhere: nil)
      #expect(openNumbers() == before)
    }
  }

  @Test func `a standard stream, which many share, is closed by the loop`() throws {
    try onDrift {
      let stream = try standardError
      nonisolated(unsafe) let sent = stream
      HelperThread { unsafe sent.close() }.join()
      #expect(!stream.isClosed)
      try awaitTurn { stream.isClosed }
    }
  }

  @Test func `a stream of signals that ends on another OS thread hands them back on its own`()
    throws
  {
    try onDrift {
      // Whoever started this may have blocked it, which a stream leaves as it is.
      var signals = sigset_t()
      unsafe sigaddset(&signals, SIGUSR2)
      unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
      let box = Box(try SignalStream([.user2]))
      #expect(isBlocked(SIGUSR2))
      box.empty(elsewhere: nil)
      #expect(isBlocked(SIGUSR2))
      try awaitTurn { !isBlocked(SIGUSR2) }
    }
  }

  @Test func `a watch that ends on another OS thread is closed by the loop`() throws {
    try onDriftWithOwnDescriptors {
      let before = openNumbers()
      let watch = try FileWatch("/tmp")
      nonisolated(unsafe) let sent = watch
      HelperThread {
        unsafe sent.close()
        unsafe sent.close()
      }.join()
      #expect(openNumbers().count == before.count + 1)
      try awaitTurn { openNumbers() == before }
      #expect(try watch.next() == nil)
    }
  }

  @Test func `a child that is let go of on another OS thread is ended by the loop`() throws {
    try onDrift {
      let child = try Command("sleep", "600").start()
      let pid = child.pid
      Box(child).empty(elsewhere: consume child)
      try awaitTurn { kill(pid, 0) < 0 }
    }
  }

  /// Parks until `condition` holds.
  private func awaitTurn(_ condition: () -> Bool) throws {
    try withTimeout(.seconds(20)) {
      while !condition() { try GreenThread.sleep(for: .milliseconds(1)) }
    }
  }

  /// Which numbers below 256 are open.
  private func openNumbers() -> [Int32] { (0..<256).filter(isOpen) }

  /// Whether the calling OS thread takes no such signal.
  private func isBlocked(_ signal: Int32) -> Bool {
    var blocked = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, nil, &blocked)
    return unsafe sigismember(&blocked, signal) == 1
  }
}

/// The only reference to something, to be dropped elsewhere.
private final class Box<Value>: @unchecked Sendable {
  var value: Value?

  init(_ value: Value?) {
    self.value = value
  }

  /// Lets go of it on another OS thread, while this one waits; `rest` is what its owner had.
  func empty(elsewhere rest: consuming Value?) {
    rest = nil
    HelperThread { self.value = nil }.join()
  }
}
