private import Glibc

/// Runs `body` on an OS thread of its own and returns what it returned.
///
/// Tests themselves run as Swift tasks on a small pool of threads, where nothing may park. A
/// watchdog ends the whole test process, with a backtrace of every thread, when `body` takes longer
/// than `limit`: a hang is a failure that names its place.
///
/// - Parameters:
///   - limit: how long `body` may take.
///   - file: who waits, for the watchdog's message.
///   - line: who waits, for the watchdog's message.
///   - body: may use everything that the caller can reach, since the caller waits.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
@discardableResult
public func onOwnThread<Value>(
  within limit: Duration = .seconds(30), file: StaticString = #fileID, line: UInt = #line,
  _ body: () throws -> Value
) throws -> Value {
  var result: Result<Value, any Error>?
  withoutActuallyEscaping(body) { body in
    let job = Job { result = Result { try body() } }
    job.run(within: limit, file, line)
  }
  guard let result else { fatalError("the thread of \(file):\(line) ended without a result") }
  return try result.get()
}

/// A closure, the thread that runs it, and the semaphore that tells its end.
// SAFETY: the caller sleeps while the thread runs, so only one of them uses it at a time.
@safe
private final class Job: @unchecked Sendable {
  private var body: (() -> Void)?
  private let done = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(_ body: @escaping () -> Void) {
    self.body = body
    unsafe sem_init(done, 0, 0)
  }

  deinit {
    unsafe sem_destroy(done)
    unsafe done.deallocate()
  }

  func run(within limit: Duration, _ file: StaticString, _ line: UInt) {
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(self).toOpaque()
    let error = unsafe pthread_create(&thread, nil, { unsafe Job.enter($0) }, argument)
    guard error == 0 else { fatalError("no thread for \(file):\(line) (error \(error))") }
    // A sanitizer makes everything some ten times as slow, and a hang is one after two minutes too.
    if !isDone(within: isSanitized ? limit * 4 : limit) {
      print("WATCHDOG: the test at \(file):\(line) has not ended after \(limit)")
      fflush(nil)
      abort()
    }
    pthread_join(thread, nil)
  }

  private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let job = unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
    job.body?()
    // Let go here: whatever it holds must be gone when the caller goes on.
    job.body = nil
    unsafe sem_post(job.done)
    return nil
  }

  private func isDone(within limit: Duration) -> Bool {
    // The semaphore knows the wall clock alone, which may be set while a test runs: a second of it
    // at a time, within a limit by a clock that is not.
    let end = SuspendingClock.now.advanced(by: limit)
    repeat {
      var deadline = timespec()
      unsafe clock_gettime(CLOCK_REALTIME, &deadline)
      deadline.tv_sec += 1
      if unsafe sem_timedwait(done, &deadline) == 0 { return true }
    } while SuspendingClock.now < end
    return false
  }
}
