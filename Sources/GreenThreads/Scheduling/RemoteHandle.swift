/// The one door through which other OS threads reach a scheduler.
///
/// While a remote handle is alive its scheduler waits for what may come through it and reports no
/// deadlock; let it go when no more is to come.
public final class RemoteHandle: Sendable {
  /// Whether a scheduler waits for what may come through a handle.
  package enum Expectation: Sendable {
    /// As long as the handle is there.
    case always
    /// Not for the handle's sake: the event source says itself when somebody waits.
    case never
  }

  private let inbox: Inbox
  let lookout: Lookout
  // SAFETY: only `interrupt()` is called from here, which its protocol allows on any OS thread.
  nonisolated(unsafe) private let source: any EventSource
  private let expectation: Expectation

  /// A handle of the scheduler of the calling green thread.
  public convenience init() {
    self.init(.always)
  }

  /// The same, when the scheduler need not wait for its sake.
  package init(_ expectation: Expectation) {
    let (_, scheduler) = currentThread(for: "RemoteHandle()")
    inbox = scheduler.it.inbox
    lookout = scheduler.it.lookout
    unsafe source = scheduler.it.source
    self.expectation = expectation
    if expectation == .always { inbox.handleOpened() }
  }

  deinit {
    guard expectation == .always else { return }
    inbox.handleClosed()
    // The scheduler may sleep for this handle's sake: let it find out.
    unsafe source.interrupt()
  }

  /// Runs `body` as a green thread of the scheduler, under the root scope.
  ///
  /// Callable anywhere.
  ///
  /// - Returns: false when the scheduler has ended; then `body` will not run. Nor does it begin
  ///   when the body of `run` returns first, as with every green thread under the root.
  @discardableResult
  public func submit(name: String? = nil, _ body: @escaping @Sendable () -> Void) -> Bool {
    send(.run(body, name: name))
  }

  /// Runs `body` on the scheduler's OS thread between green threads, on the loop's own stack: for
  /// work that is no green thread's, such as the jobs of Swift's concurrency.
  ///
  /// `body` must not park, which traps, and nobody else runs while it does. Callable anywhere; on
  /// the scheduler's own OS thread it takes no lock and wakes nobody.
  ///
  /// - Returns: false when the scheduler has ended; then `body` will not run. If true it runs once,
  ///   at the latest while `run` returns.
  @discardableResult
  public func runOnLoop(_ body: @escaping @Sendable () -> Void) -> Bool {
    guard let scheduler = ownScheduler else { return send(.errand(body)) }
    scheduler.it.errands.append(body)
    return true
  }

  /// Whether the caller is on the scheduler's OS thread while it lives: on a green thread, or in
  /// ``runOnLoop(_:)``.
  public var isOnItsThread: Bool { ownScheduler != nil }

  /// Whether the scheduler has ended: also while it runs the errands that came last.
  package var hasEnded: Bool { inbox.isClosed }

  /// The scheduler, on its own OS thread while it lives; nil elsewhere.
  var ownScheduler: SchedulerReference? {
    guard let scheduler = currentScheduler(), scheduler.it.inbox === inbox else { return nil }
    return scheduler
  }

  /// Has an errand that was many count as so many switches, so that the event source has its turn.
  package func countSwitches(_ count: Int) {
    ownScheduler?.countSwitches(count)
  }

  /// Uses a ticket of this handle's scheduler from another OS thread; see ``WakeTicket/wake(_:)``.
  ///
  /// - Returns: false when the scheduler has ended.
  @discardableResult
  public func wake(_ ticket: WakeTicket, _ cause: WakeCause = .ready) -> Bool {
    send(.wake(ticket, cause))
  }

  private func send(_ item: Inbox.Item) -> Bool {
    let result = inbox.send(item)
    if result.isFirst { unsafe source.interrupt() }
    return result.isAccepted
  }
}

extension GreenThread {
  /// Has the calling green thread's scheduler wait for what may come through any handle, until
  /// ``endExpecting()``: others than itself will wake the green thread.
  package static func beginExpecting() {
    currentThread(for: "a wait").scheduler.it.expectations &+= 1
  }

  /// Ends what ``beginExpecting()`` has begun.
  package static func endExpecting() {
    currentThread(for: "a wait").scheduler.it.expectations &-= 1
  }
}
