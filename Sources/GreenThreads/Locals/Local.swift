extension GreenThread {
  /// A value that a green thread has to itself: bound for a closure, and inherited by those that
  /// are spawned meanwhile.
  ///
  /// What Swift's `@TaskLocal` is to tasks. A task-local itself belongs, off tasks, to the whole OS
  /// thread: bound around a wait it shows through in every other green thread, unless the
  /// scheduler was started with ``TaskLocals/perThread``.
  ///
  /// The value is `Sendable`, as a task-local's is: all that inherit it have it at the same time,
  /// and each of them may send it elsewhere.
  ///
  /// ```swift
  /// static let requestID = GreenThread.Local<Int?>(nil)
  /// try Self.requestID.withValue(7) { try serve() }
  /// ```
  public final class Local<Value: Sendable>: Sendable {
    private let unbound: @Sendable () -> Value

    /// - Parameter unbound: what ``value`` is where nothing is bound, evaluated each time.
    public init(_ unbound: @autoclosure @escaping @Sendable () -> Value) {
      self.unbound = unbound
    }

    /// What the calling green thread, or the one that it was spawned by, has bound last.
    ///
    /// Off a green thread nothing is bound. Does not park; takes longer the more locals are bound
    /// at the same time, some nanoseconds each.
    public var value: Value {
      currentScheduler()?.it.current?.it.locals?.value(of: self) ?? unbound()
    }

    /// Runs `body` with `value` bound to this local.
    ///
    /// Green threads that are spawned inside keep the binding for their whole life, whichever scope
    /// they are spawned into; nobody else sees it. Parks only where `body` does.
    @discardableResult
    public func withValue<Result>(
      _ value: Value, _ body: () throws -> Result
    ) rethrows -> Result {
      let (thread, _) = currentThread(for: "GreenThread.Local.withValue")
      let outer = thread.it.locals
      thread.it.locals = LocalValues(outer, binding: self, to: value)
      defer { thread.it.locals = outer }
      return try body()
    }
  }
}

/// What is bound at one place of a program: never changed, and shared by all that inherit it.
///
/// One row for each local, so that a chain of green threads, each of which binds and spawns the
/// next, keeps nothing of those before.
final class LocalValues {
  private let rows: [LocalRow]

  init<Value: Sendable>(
    _ outer: LocalValues?, binding local: GreenThread.Local<Value>, to value: Value
  ) {
    let others = outer?.rows.filter { $0.local !== local } ?? []
    rows = [BoundRow(local, value)] + others
  }

  func value<Value: Sendable>(of local: GreenThread.Local<Value>) -> Value? {
    for row in rows where row.local === local { return (row as? BoundRow<Value>)?.value }
    return nil
  }
}

private class LocalRow {
  // Strong, so that no other local can come to have its address.
  let local: AnyObject

  init(_ local: AnyObject) {
    self.local = local
  }
}

private final class BoundRow<Value: Sendable>: LocalRow {
  let value: Value

  init(_ local: GreenThread.Local<Value>, _ value: Value) {
    self.value = value
    super.init(local)
  }
}
