/// A thread of control that costs a page of memory and a few nanoseconds to switch to.
///
/// Green threads of one scheduler share one OS thread. They take turns: one runs until it parks,
/// yields or ends, so between two such points nobody else touches anything. Everything that waits
/// does it by parking, and reads like a blocking call.
///
/// A value of this type only names one; see ``Handle`` for waiting and results. It may be kept
/// longer than its scheduler, and then names one that has ended.
public struct GreenThread: Equatable {
  private let thread: ThreadReference
  private let serial: UInt64

  init(_ thread: ThreadReference) {
    self.thread = thread
    serial = thread.it.serial
  }

  /// The calling green thread.
  public static var current: GreenThread {
    GreenThread(currentThread(for: "GreenThread.current").thread)
  }

  /// Whether the caller runs on a green thread, so that it may park.
  public static var isRunningOnOne: Bool {
    guard let scheduler = currentScheduler() else { return false }
    return scheduler.it.current != nil && !scheduler.isWithoutStack
  }

  /// Counts from 1 within its scheduler, in order of spawning; the same on every run.
  public var id: UInt64 { visibleNumber(of: serial) }

  /// The name given at its spawn, cut to 48 bytes; empty when it had none or has ended.
  public var name: String {
    isOfThisThread(serial) && thread.it.serial == serial ? thread.it.name : ""
  }

  /// Starts a green thread under the root: it is cancelled when the body of `run` returns, and
  /// awaited.
  ///
  /// What is spawned after that, by one that still unwinds, never begins. Its failure is the
  /// failure of `run`. See ``Scope/spawn(name:stackSize:file:line:_:)``.
  ///
  /// What `body` captures must not be sent to another OS thread afterwards, such as into a
  /// `Task.detached`: two would use it at the same time. The compiler sees that for the spawn of a
  /// scope, and not for this one, which has no value that its captures could belong to.
  ///
  /// - Parameters:
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use; 192 KiB when nil. Traps below 1 byte and
  ///     above 32 GiB.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  @inlinable
  @discardableResult
  public static func spawn<Success>(
    name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    root.spawn(name: name, stackSize: stackSize, file: file, line: line, body)
  }

  @usableFromInline
  static var root: Scope {
    let (_, scheduler) = currentThread(for: "GreenThread.spawn")
    // The record of a scope that has been left is free, or another's.
    guard let root = scheduler.it.root, root.it.purpose == .root else {
      fatalError(
        """
        GreenThread.spawn was called when all green threads of `run` had ended: spawn earlier, or \
        into a scope of your own
        """)
    }
    return Scope(root)
  }

  /// The same green thread.
  public static func == (left: Self, right: Self) -> Bool {
    left.thread == right.thread && left.serial == right.serial
  }
}

@available(*, unavailable, message: "a green thread stays on its scheduler's OS thread")
extension GreenThread: Sendable {}
