private import Glibc

/// An OS thread that runs one closure beside the scheduler under test.
@safe
public struct HelperThread {
  private var thread = pthread_t()

  /// Starts it.
  public init(_ body: @escaping @Sendable () -> Void) {
    let argument = unsafe Unmanaged.passRetained(Errand(body)).toOpaque()
    let error = unsafe pthread_create(&thread, nil, { unsafe Errand.enter($0) }, argument)
    guard error == 0 else { fatalError("no helper thread (error \(error))") }
  }

  /// Waits for its end.
  ///
  /// Blocks the calling OS thread.
  public func join() {
    pthread_join(thread, nil)
  }
}

private final class Errand: Sendable {
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
  }

  static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let errand = unsafe Unmanaged<Errand>.fromOpaque(argument).takeRetainedValue()
    errand.body()
    return nil
  }
}
