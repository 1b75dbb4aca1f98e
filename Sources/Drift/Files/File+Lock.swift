public import CoreShift
internal import GreenThreads

// A lock is asked for again and again, and not waited for in the pool: whoever waits for a lock
// waits for other programs, without a bound, and four such would keep the pool from everybody else.
// A wait in the pool could not be given up either: the lock would be taken when nobody wants it.

extension File {
  /// Locks the whole file, and waits until nobody else's lock forbids it.
  ///
  /// Parks.
  ///
  /// `flock(2)`: between those who lock as well, in this program and others. The lock belongs to
  /// the open file, so green threads that share this object share the lock. It goes with
  /// ``unlock()`` or the last close. It is asked for every 50 ms at the latest, and there is no
  /// queue: who asks first gets it.
  ///
  /// - Throws: `Cancelled`, and then it is not held; `CoreError` of `flock`; `ResourceClosed`.
  public func lock(_ lock: FileLock = .exclusive) throws {
    var pause = Duration.milliseconds(1)
    while !(try tryLock(lock)) {
      try GreenThread.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(50))
    }
  }

  /// Locks the whole file if nobody else's lock forbids it.
  ///
  /// Parks for the call only.
  ///
  /// - Returns: whether it is held. A change of a lock that fails has given up the earlier one.
  /// - Throws: `Cancelled`; `CoreError` of `flock`; `ResourceClosed`.
  public func tryLock(_ lock: FileLock = .exclusive) throws -> Bool {
    let file = try current()
    let isHeld = try changingDisk("lock") {
      try file.lend { descriptor throws(CoreError) in try descriptor.tryLock(lock) }
    }
    // Somebody else may have closed it meanwhile, and given the lock back with that.
    _ = try current()
    return isHeld
  }

  /// Gives the lock back; no effect without one.
  ///
  /// Parks, also in a cancelled scope.
  ///
  /// - Throws: `CoreError` of `flock`; `ResourceClosed`.
  public func unlock() throws {
    let file = try current()
    try cleaningDisk("unlock") {
      try file.lend { descriptor throws(CoreError) in try descriptor.unlock() }
    }
  }

  /// Runs `body` with the lock, and gives it back whatever happens.
  ///
  /// Parks, until it has the lock and where `body` does.
  ///
  /// - Throws: as ``lock(_:)``; what `body` throws.
  public func withLock<Value>(
    _ lock: FileLock = .exclusive, _ body: () throws -> Value
  ) throws -> Value {
    try self.lock(lock)
    defer {
      // Nothing can be done about a failure, and the close gives it back in any case.
      try? unlock()
    }
    return try body()
  }
}
