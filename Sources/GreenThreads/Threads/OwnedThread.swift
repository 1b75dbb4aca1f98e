internal import CGreenThreads

/// An OS thread that this library has started.
///
/// There is none unless somebody has asked for what needs it, and each is listed here.
public struct OwnedThread: Sendable, Equatable {
  /// What tools such as `top -H` call it.
  public let name: String
  /// Why it exists.
  public let purpose: String
  /// What it was doing when it was listed; nil for one that waits, or always does the same.
  public private(set) var activity: String?
  private let identifier: UInt
  /// Never used again, as `identifier` is.
  private let serial: UInt64

  /// The same OS thread, whatever it was doing.
  public static func == (left: Self, right: Self) -> Bool { left.serial == right.serial }

  /// One that runs, or has run and has not been joined.
  private struct Entry: Sendable {
    let thread: OwnedThread
    let activity: (@Sendable () -> String?)?
    var hasEnded = false
    var isAbandoned = false
  }

  private struct Register: Sendable {
    var entries: [Entry] = []
    var lastSerial: UInt64 = 0
  }

  private static let register = Guarded(Register())

  /// All that run now, in the order in which they were started.
  ///
  /// Callable anywhere.
  public static var all: [OwnedThread] {
    // What they do is asked outside the lock: the answer has a lock of its own.
    register.withLock { $0.entries }.map { entry in
      var thread = entry.thread
      thread.activity = entry.activity?()
      return thread
    }
  }

  /// Starts one, with all signals blocked; ``join()``, or ``abandon()``, must follow.
  ///
  /// - Parameters:
  ///   - name: at most 15 bytes.
  ///   - purpose: continues "an OS thread to".
  ///   - activity: asked on any OS thread for what this one does.
  ///   - body: what it runs.
  /// - Returns: the thread, which runs already.
  /// - Throws: ``ThreadUnavailable``.
  package static func start(
    name: String, purpose: String, activity: (@Sendable () -> String?)? = nil,
    _ body: @escaping @Sendable () -> Void
  ) throws -> OwnedThread {
    let serial = register.withLock { register in
      register.lastSerial += 1
      return register.lastSerial
    }
    let errand = unsafe Unmanaged.passRetained(Errand(serial, body)).toOpaque()
    // The lock keeps one that ends at once from looking for its entry before there is one.
    return try register.withLock { register in
      var identifier: UInt = 0
      let error = unsafe cgreenthreads_start_thread(&identifier, name, enter, errand)
      guard error == 0 else {
        unsafe Unmanaged<Errand>.fromOpaque(errand).release()
        throw ThreadUnavailable(purpose: purpose, errno: -error)
      }
      let thread = OwnedThread(
        name: name, purpose: purpose, identifier: identifier, serial: serial)
      register.entries.append(Entry(thread: thread, activity: activity))
      return thread
    }
  }

  /// Waits until its body has ended.
  ///
  /// Blocks the calling OS thread. To be called once.
  package func join() {
    cgreenthreads_join_thread(identifier)
    forget()
  }

  /// Waits until its body has ended, for `limit` at most.
  ///
  /// Blocks the calling OS thread.
  ///
  /// - Returns: whether it has ended and is gone; if not, ``join()`` or ``abandon()`` must follow.
  package func join(within limit: Duration) -> Bool {
    let nanoseconds = max(0, limit.wholeNanoseconds)
    guard cgreenthreads_join_thread_for(identifier, nanoseconds) == 0 else { return false }
    forget()
    return true
  }

  /// Waits for its end no more: it stays in the list until then.
  package func abandon() {
    cgreenthreads_detach_thread(identifier)
    Self.register.withLock { register in
      guard let index = register.entries.firstIndex(where: { $0.thread.serial == serial })
      else { return }
      if register.entries[index].hasEnded {
        register.entries.remove(at: index)
      } else {
        register.entries[index].isAbandoned = true
      }
    }
  }

  private func forget() {
    Self.register.withLock { $0.entries.removeAll { $0.thread.serial == serial } }
  }

  /// The last that it does itself.
  fileprivate static func noteEnd(of serial: UInt64) {
    register.withLock { register in
      guard let index = register.entries.firstIndex(where: { $0.thread.serial == serial })
      else { return }
      if register.entries[index].isAbandoned {
        register.entries.remove(at: index)
      } else {
        register.entries[index].hasEnded = true
      }
    }
  }
}

extension OwnedThread: CustomStringConvertible {
  /// `OS thread "drift-pool-1", to run blocking work: "resolve"`.
  public var description: String {
    let activity = activity.map { ": \(printable($0))" } ?? ""
    return "OS thread \(quoted(name)), to \(purpose)\(activity)"
  }
}

/// The system has refused another OS thread.
public struct ThreadUnavailable: Error, Equatable, CustomStringConvertible {
  /// What it was for.
  public let purpose: String
  /// The system's error number.
  public let errno: Int32

  /// One line for a person.
  public var description: String { "no OS thread to \(purpose) (error \(errno))" }
}

private final class Errand: Sendable {
  let serial: UInt64
  let body: @Sendable () -> Void

  init(_ serial: UInt64, _ body: @escaping @Sendable () -> Void) {
    self.serial = serial
    self.body = body
  }
}

private func enter(_ argument: UnsafeMutableRawPointer) {
  // SAFETY: retained by `start` for exactly this call.
  let errand = unsafe Unmanaged<Errand>.fromOpaque(argument).takeRetainedValue()
  errand.body()
  OwnedThread.noteEnd(of: errand.serial)
}
