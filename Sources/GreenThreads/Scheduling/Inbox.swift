internal import Synchronization

/// What other OS threads have sent to a scheduler, and how many of them may still send.
final class Inbox: Sendable {
  enum Item: Sendable {
    case run(@Sendable () -> Void, name: String?)
    case wake(WakeTicket, WakeCause)
    case errand(@Sendable () -> Void)
  }

  private struct Contents: Sendable {
    var items: [Item] = []
    var isClosed = false
  }

  private let contents = Guarded(Contents())
  private let mail = Atomic<Bool>(false)
  private let openHandles = Atomic<Int>(0)

  /// Whether there is something to take.
  ///
  /// Reads no lock.
  var hasWork: Bool { mail.load(ordering: .acquiring) }

  /// Whether something has been sent or may still be.
  ///
  /// Asks for handles first: what the last one sent before it went is seen after it is seen gone.
  var isExpectingWork: Bool { openHandles.load(ordering: .acquiring) > 0 || hasWork }

  /// Appends; false when the scheduler has ended.
  ///
  /// `first` is true when the scheduler must be told.
  func send(_ item: Item) -> (isAccepted: Bool, isFirst: Bool) {
    contents.withLock { contents in
      guard !contents.isClosed else { return (false, false) }
      contents.items.append(item)
      return (true, !mail.exchange(true, ordering: .releasing))
    }
  }

  func take() -> [Item] {
    contents.withLock { contents in
      mail.store(false, ordering: .relaxed)
      defer { contents.items = [] }
      return contents.items
    }
  }

  /// Refuses all that comes from now on, and drops what has not been taken, but for errands, which
  /// run here: whoever sent one was promised that.
  func close() {
    let dropped = contents.withLock { contents in
      contents.isClosed = true
      defer { contents.items = [] }
      return contents.items
    }
    // Outside the lock, because errands and destructors run here that may send.
    for case .errand(let body) in dropped { body() }
    _ = consume dropped
  }

  /// Whether the scheduler has ended, but for what ``close()`` still runs.
  var isClosed: Bool { contents.withLock { $0.isClosed } }

  func handleOpened() { openHandles.add(1, ordering: .relaxed) }
  func handleClosed() { openHandles.subtract(1, ordering: .releasing) }
}
