/// Owns green threads: ``withScope(deadline:onFurtherFailure:file:line:_:)`` returns when all that
/// were spawned into its scope have ended.
///
/// A value that names a scope. Spawning into a scope that has ended traps. Not `Sendable`: it stays
/// on its scheduler's OS thread.
public struct Scope {
  let scope: ScopeReference
  let serial: UInt64

  init(_ scope: ScopeReference) {
    self.scope = scope
    serial = scope.it.serial
  }

  /// Starts a green thread that runs `body`; it runs when its turn comes, the caller goes on.
  ///
  /// If `body` throws, the scope's policy decides what becomes of the others. In a scope that has
  /// been cancelled `body` never runs. A value that it returns waits for the first
  /// ``Handle/join()``, or is destroyed when the scope ends; of a body without a value nothing is
  /// kept. Does not park.
  ///
  /// - Parameters:
  ///   - name: for reports; cut to 48 bytes.
  ///   - stackSize: how many bytes of stack it may use, from 1 byte to 32 GiB, beyond which it
  ///     traps; 192 KiB when nil. Only what is touched costs memory.
  ///   - file: where it was spawned, for reports.
  ///   - line: where it was spawned, for reports.
  ///   - body: runs on the new green thread, on this OS thread.
  /// - Returns: the handle to join it by.
  @inlinable
  @discardableResult
  public func spawn<Success>(
    name: String? = nil, stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt32 = #line,
    // Generic also for bodies without a value: an overload for `() throws -> Void` would wrap each
    // closure in an allocated thunk to store it. `__owned`, not `consuming`: for a `consuming`
    // closure that must change its form, the 6.3 compiler releases the context once too often in a
    // debug build.
    _ body: __owned @escaping () throws -> Success
  ) -> Handle<Success> {
    let child = Spawning(in: self, file, line, keepsNothing: Success.self == Void.self) {
      Body<Success>.launch($0, $1)
    }
    child.thread.payload.put(Body(consume body))
    if name != nil || stackSize != nil { child.set(name, stackSize) }
    return Handle(child)
  }

  /// Cancels every green thread of the scope, and of the scopes inside it.
  ///
  /// Again: no effect.
  public func cancel() {
    requireOpen()
    scope.it.scheduler.cancel(scope, by: serial)
  }

  /// Whether the scope has been cancelled, by whomever.
  ///
  /// True once it has ended.
  public var isCancelled: Bool {
    !isOfThisThread(serial) || scope.it.serial != serial || scope.it.cancelledBy != 0
  }

  /// How many green threads of the scope have not ended.
  public var childCount: Int {
    isOfThisThread(serial) && scope.it.serial == serial ? scope.it.liveChildren : 0
  }

  @inline(__always)
  func requireOpen() {
    if scope.it.serial != serial { Self.refuse() }
  }

  @inline(never)
  private static func refuse() -> Never {
    fatalError("a scope was used after its `withScope` had returned: spawn into one that is open")
  }
}

@available(*, unavailable, message: "a scope stays on its scheduler's OS thread")
extension Scope: Sendable {}
