// Green threads that begin later: what other libraries call timers. Until its time has come such a
// one is a small record and an entry among those that are to begin, and has no stack.

extension Scope {
  /// Starts a green thread that runs `body` from `start` on; the caller goes on.
  ///
  /// As ``spawn(name:stackSize:file:line:_:)`` once its time has come, but before those who wait
  /// for their turn then, as all whose time has come. Until then it has no stack: a million of them
  /// take a twentieth of the memory of a million that sleep, and a tenth with names, sizes of their
  /// own, or somebody who waits for each. The scope waits for it like for any other; who cancels it
  /// before its time, through the handle or the scope, ends it at once, and `body` never runs. Does
  /// not park.
  ///
  /// - Parameters:
  ///   - start: when; never for ``Instant/distantFuture``. Those of one instant begin in the order
  ///     in which they were spawned, unless a seed draws it.
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use, from 1 byte to 32 GiB, beyond which it
  ///     traps; 192 KiB when nil.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  @inlinable
  @discardableResult
  public func spawn<Success>(
    at start: Instant, name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    let child = Spawning(
      at: start, in: self, file, line, keepsNothing: Success.self == Void.self
    ) {
      Body<Success>.launch($0, $1)
    }
    child.thread.body.put(Body(consume body))
    if name != nil || stackSize != nil { child.set(name, stackSize) }
    return Handle(child)
  }

  /// Starts a green thread that runs `body` when `delay` is over; the caller goes on.
  ///
  /// See ``spawn(at:name:stackSize:file:line:_:)``; the delay counts from the call. Does not park.
  ///
  /// - Parameters:
  ///   - delay: for how long it waits; it begins as soon as its turn comes when that is zero or
  ///     negative.
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use; 192 KiB when nil. Traps below 1 byte and
  ///     above 32 GiB.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  @inlinable
  @discardableResult
  public func spawn<Success>(
    after delay: Duration, name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    spawn(
      at: instant(after: delay), name: name, stackSize: stackSize, file: file, line: line, body)
  }

  @usableFromInline
  func instant(after delay: Duration) -> Instant {
    requireOpen()
    // Long ago, and not now: the clock of the last turn may not have come so far.
    guard delay > .zero else { return Instant(nanoseconds: .min) }
    return scope.it.scheduler.now.advanced(by: delay)
  }
}

extension GreenThread {
  /// Starts a green thread under the root that runs `body` from `start` on.
  ///
  /// See ``Scope/spawn(at:name:stackSize:file:line:_:)``, and for the root
  /// ``spawn(name:stackSize:file:line:_:)``: one that has not begun when the body of `run` returns
  /// never does. Does not park.
  ///
  /// - Parameters:
  ///   - start: when; never for ``Instant/distantFuture``.
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
    at start: Instant, name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    root.spawn(at: start, name: name, stackSize: stackSize, file: file, line: line, body)
  }

  /// Starts a green thread under the root that runs `body` when `delay` is over.
  ///
  /// See ``spawn(at:name:stackSize:file:line:_:)``. Does not park.
  ///
  /// - Parameters:
  ///   - delay: for how long it waits; it begins as soon as its turn comes when that is zero or
  ///     negative.
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
    after delay: Duration, name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    root.spawn(after: delay, name: name, stackSize: stackSize, file: file, line: line, body)
  }
}

extension Spawning {
  /// Makes a green thread that `launch` will run from `start` on.
  @usableFromInline
  @inline(never)
  init(
    at start: Instant, in scope: Scope, _ file: StaticString, _ line: UInt32, keepsNothing: Bool,
    _ launch: @escaping Launch
  ) {
    scope.requireOpen()
    let scheduler = scope.scope.it.scheduler
    // The clock of the last turn will do: a start that has come since is seen at the next one. Many
    // that came before this one may still have to be woken, and stay before it.
    let hasCome = start <= scheduler.it.lastTime && !scheduler.it.timers.isDue(by: start)
    // In a scope that has been cancelled nobody begins; its turn ends it.
    if hasCome || scope.scope.it.cancelledBy != 0 {
      self.init(in: scope, file, line, keepsNothing: keepsNothing, launch)
      return
    }
    let delayed = scheduler.makeDelayed(in: scope.scope)
    delayed.it.setOrigin(file, line, keepsNothing: keepsNothing)
    delayed.setLauncher(launch)
    if let inherited = scheduler.it.current?.it.locals { delayed.it.locals = inherited }
    if scheduler.it.detours.contains(.taskLocals) {
      delayed.it.taskLocals = scheduler.inheritedTaskLocals()
    }
    scheduler.delay(delayed, until: start)
    self.init(delayed)
  }
}

extension Reference where Record == SchedulerState {
  /// Lets the new `delayed` begin at `start`, if nobody cancels it before.
  @inline(__always)
  fileprivate func delay(_ delayed: DelayedReference, until start: Instant) {
    delayed.it.spawnedAt = it.lastTime
    it.nextTimerSequence &+= 1
    delayed.it.timerSequence = it.nextTimerSequence
    if it.trace != nil { traceDelay(of: delayed) }
    delayed.it.start = start
    if start != .distantFuture {
      it.timers.beginnings.insert(delayed)
      it.timedParks &+= 1
    }
  }

  /// Gives `thread`, which was cancelled or asked for before its time, its turn.
  func endDelay(of thread: ThreadReference, by cause: WakeCause) {
    // A deadline that has come has been taken out already.
    if cause == .deadline || thread.it.parkDeadline != .distantFuture { it.timedParks &-= 1 }
    thread.it.parkDeadline = .distantFuture
    thread.it.isCancellable = false
    thread.it.cause = cause
    thread.it.phase = .fresh
    it.queue.append(thread)
    if it.trace != nil { trace(.wake, of: thread) }
  }
}
