internal import CGreenThreads

/// An OS thread that this library has started.
///
/// There is none unless somebody has asked for what needs it, and each is listed here.
public struct OwnedThread: Sendable, Equatable {
  /// What tools such as `top -H` call it.
  public let name: String
  /// Why it exists.
  public let purpose: String
  private let identifier: UInt

  private static let running = Guarded<[OwnedThread]>([])

  /// All that run now, in the order in which they were started.
  ///
  /// Callable anywhere.
  public static var all: [OwnedThread] { running.withLock { $0 } }

  /// Starts one, with all signals blocked; ``join()`` must follow.
  ///
  /// - Throws: ``ThreadUnavailable``.
  package static func start(
    name: String, purpose: String, _ body: @escaping @Sendable () -> Void
  ) throws -> OwnedThread {
    let errand = unsafe Unmanaged.passRetained(Errand(body)).toOpaque()
    var identifier: UInt = 0
    let error = unsafe cgreenthreads_start_thread(&identifier, name, enter, errand)
    guard error == 0 else {
      unsafe Unmanaged<Errand>.fromOpaque(errand).release()
      throw ThreadUnavailable(purpose: purpose, errno: -error)
    }
    let thread = OwnedThread(name: name, purpose: purpose, identifier: identifier)
    running.withLock { $0.append(thread) }
    return thread
  }

  /// Waits until its body has ended.
  ///
  /// Blocks the calling OS thread. To be called once.
  package func join() {
    cgreenthreads_join_thread(identifier)
    Self.running.withLock { $0.removeAll { $0 == self } }
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
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func enter(_ argument: UnsafeMutableRawPointer) {
  // SAFETY: retained by `start` for exactly this call.
  let errand = unsafe Unmanaged<Errand>.fromOpaque(argument).takeRetainedValue()
  errand.body()
}
