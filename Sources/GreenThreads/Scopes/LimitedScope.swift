/// A scope with room for so many green threads at a time.
///
/// From ``withScope(limit:deadline:onFurtherFailure:file:line:_:)``. Like ``Scope``, but a spawn
/// may have to wait, and so can throw.
public struct LimitedScope {
  @usableFromInline let scope: Scope

  init(_ record: ScopeReference, limit: Int) throws {
    guard limit >= 1 else {
      throw InvalidArgument("a scope with limit \(limit) would let nobody in: give it 1 or more")
    }
    record.it.admission = Admission(limit: limit)
    record.it.isLimited = true
    scope = Scope(record)
  }

  /// Starts a green thread that runs `body`, as soon as there is room for it.
  ///
  /// Parks while the scope is full; those who wait are let in in the order in which they came. See
  /// ``Scope/spawn(name:stackSize:file:line:_:)``.
  ///
  /// - Parameters:
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use; 192 KiB when nil. Traps below 1 byte and
  ///     above 32 GiB.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  /// - Throws: ``Cancelled``; inside a ``withTimeout(_:file:line:_:)`` that call then throws
  ///   ``DeadlineExceeded``. Nothing has been spawned then.
  @inlinable
  @discardableResult
  public func spawn<Success>(
    name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) throws -> Handle<Success> {
    try enter()
    return scope.spawn(name: name, stackSize: stackSize, file: file, line: line, body)
  }

  /// Starts a green thread that runs `body` if there is room for it now.
  ///
  /// Does not park.
  ///
  /// - Parameters:
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use; 192 KiB when nil. Traps below 1 byte and
  ///     above 32 GiB.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  /// - Throws: ``ResourceBusy`` when the scope is full.
  @inlinable
  @discardableResult
  public func spawnIfRoom<Success>(
    name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    _ body: __owned @escaping () throws -> Success
  ) throws -> Handle<Success> {
    try enterIfRoom()
    return scope.spawn(name: name, stackSize: stackSize, file: file, line: line, body)
  }

  /// Cancels every green thread of the scope, and of the scopes inside it.
  ///
  /// Again: no effect.
  public func cancel() { scope.cancel() }

  /// Whether the scope has been cancelled, by whomever.
  ///
  /// True once it has ended.
  public var isCancelled: Bool { scope.isCancelled }

  /// How many green threads of the scope have not ended.
  public var childCount: Int { scope.childCount }

  @usableFromInline
  func enter() throws {
    scope.requireOpen()
    try scope.scope.it.admission?.enter(scope.scope)
  }

  @usableFromInline
  func enterIfRoom() throws {
    scope.requireOpen()
    guard let admission = scope.scope.it.admission, admission.enterIfRoom() else {
      throw ResourceBusy(
        "the limited scope opened at \(scope.scope.it.callSite)",
        holder: "\(scope.childCount) green threads")
    }
  }
}

@available(*, unavailable, message: "a scope stays on its scheduler's OS thread")
extension LimitedScope: Sendable {}
