internal import Synchronization

/// What other OS threads have sent to a scheduler, and how many of them may still send.
final class Inbox: Sendable {
  enum Item: Sendable {
    case run(@Sendable () -> Void, name: String?)
    case wake(WakeTicket, WakeCause)
  }

  private struct Contents: Sendable {
    var items: [Item] = []
    var isClosed = false
  }

  private let contents = Mutex(Contents())
  private let mail = Atomic<Bool>(false)
  private let openHandles = Atomic<Int>(0)

  /// Whether there is something to take. Reads no lock.
  var hasWork: Bool { mail.load(ordering: .acquiring) }

  /// Whether somebody may still send.
  var isExpectingWork: Bool { hasWork || openHandles.load(ordering: .acquiring) > 0 }

  /// Appends; false when the scheduler has ended. `first` is true when the scheduler must be told.
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

  func close() {
    contents.withLock { contents in
      contents.isClosed = true
      contents.items = []
    }
  }

  func handleOpened() { openHandles.add(1, ordering: .relaxed) }
  func handleClosed() { openHandles.subtract(1, ordering: .releasing) }
}
