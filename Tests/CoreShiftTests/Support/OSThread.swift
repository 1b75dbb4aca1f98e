import CoreShift
import Glibc
import Synchronization

/// A counter that two OS threads share.
final class Published: Sendable {
  let count = Atomic(0)
}

/// A pthread that runs one closure.
struct OSThread {
  private let thread: pthread_t

  init(_ body: @escaping @Sendable () -> Void) throws {
    let context = unsafe Unmanaged.passRetained(Body(run: body))
    var thread = pthread_t()
    // SAFETY: the new thread takes over the one retain of `context`.
    let failed = unsafe pthread_create(
      &thread, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    if failed != 0 {
      unsafe context.release()
      throw CoreError(operation: "pthread_create", code: ErrorCode(rawValue: failed))
    }
    self.thread = thread
  }

  /// Waits for the closure's end.
  func join() {
    _ = pthread_join(thread, nil)
  }
}

private final class Body: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
