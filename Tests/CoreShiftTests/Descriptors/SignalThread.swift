import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Runs a body on an OS thread of its own, because the signal mask belongs to the thread and the
/// tests share theirs; returns once it has ended.
func onOwnThread(_ body: @escaping @Sendable () throws -> Void) throws {
  let run = ThreadRun(body)
  var thread = pthread_t()
  let argument = unsafe Unmanaged.passRetained(run).toOpaque()
  let status = unsafe pthread_create(&thread, nil, { unsafe ThreadRun.enter($0) }, argument)
  try #require(status == 0)
  pthread_join(thread, nil)
  if let failure = run.failure { throw failure }
}

private final class ThreadRun: @unchecked Sendable {
  let body: @Sendable () throws -> Void
  // SAFETY: written by the thread, read after it has been joined.
  var failure: (any Error)?

  init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }

  static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    // SAFETY: the argument is a run that was retained for this thread alone.
    let run = unsafe Unmanaged<ThreadRun>.fromOpaque(argument).takeRetainedValue()
    do { try run.body() } catch { run.failure = error }
    return nil
  }
}

/// The signals that this thread blocks.
func blockedSignals() -> Set<Int32> {
  var set = sigset_t()
  unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
  return Set((1...64).filter { unsafe sigismember(&set, $0) == 1 })
}

/// Sends to this thread alone.
func sendToThisThread(_ signal: Signal) {
  pthread_kill(pthread_self(), signal.rawValue)
}
