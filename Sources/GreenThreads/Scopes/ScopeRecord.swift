/// One node in the tree of what can be cancelled: a scope, a deadline, or a shield.
///
/// A green thread enters and leaves nodes like frames; each knows the node around it, the nodes
/// inside it, and the green threads that were spawned into it. Cancelling walks down this tree.
struct ScopeRecord {
  /// Unique in the process, and 0 while the record is free.
  var serial: UInt64 = 0
  let scheduler: SchedulerReference
  /// The next free record.
  var next: ScopeReference?
  /// The scope around this one; nil for the scope of the loop.
  var parent: ScopeReference?
  /// Who entered it.
  ///
  /// Nil for the scope of the loop.
  var owner: ThreadReference?

  /// The first of the scopes directly inside, linked by `nextNested`.
  var firstNested: ScopeReference?
  var nextNested: ScopeReference?
  var previousNested: ScopeReference?

  /// Children whose bodies have not ended, linked by their records.
  var firstChild: ThreadReference?
  /// Children that are to begin later, linked by their records.
  var firstDelayed: DelayedReference?
  /// Children that have ended with something that nobody has taken yet.
  var firstFinished: ThreadReference?
  var liveChildren = 0
  /// Set while the owner waits for the last child.
  var closer: WakeTicket?

  /// Who cancelled it, as a serial; 0 for nobody.
  var cancelledBy: UInt64 = 0
  var purpose = Purpose.group
  /// Where it was opened, for errors.
  var callSite = CallSite.unknown
  /// When it is to be cancelled; `distantFuture` for never, and once it has been.
  var deadline = Instant.distantFuture
  /// Orders equal deadlines by when they were set.
  var deadlineSequence: UInt64 = 0
  /// The deadline as it was set, for errors.
  var timeLimit = Instant.distantFuture

  /// What the first child that failed threw.
  var failure: (any Error)?
  /// Set when a child ended by a cancellation that came from outside this scope.
  var cutShort: Cancelled?
  var onFailure = FailurePolicy.first(further: nil)

  /// Who may be in it at once; nil for any number.
  ///
  /// Read through `isLimited` where it is nil most of the time, so that nothing is retained there.
  var admission: Admission?
  var isLimited = false

  init(scheduler: SchedulerReference, _ purpose: Purpose = .group) {
    self.scheduler = scheduler
    self.purpose = purpose
  }

  /// What a node of the tree is for.
  enum Purpose: UInt8 {
    /// Owns green threads.
    case group
    /// The same, for `GreenThread.spawn`.
    case root
    /// Around all others.
    case loop
    case deadline
    /// A cancellation from outside stops here.
    case shield
  }
}

/// What a child's error does to its scope.
enum FailurePolicy {
  /// The first cancels the rest and is rethrown; later ones go to the closure.
  case first(further: ((any Error) -> Void)?)
  /// Each goes to the closure and ends nobody else.
  case isolated((any Error) -> Void)

  var isIsolated: Bool {
    if case .isolated = self { return true }
    return false
  }
}

extension Reference where Record == SchedulerState {
  /// Enters a new scope on behalf of `thread`.
  func enterScope(
    of thread: ThreadReference, _ purpose: ScopeRecord.Purpose, at callSite: CallSite = .unknown
  ) -> ScopeReference {
    let scope = makeScope()
    scope.it.purpose = purpose
    scope.it.callSite = callSite
    let parent = thread.it.innermost
    scope.it.parent = parent
    scope.it.owner = thread
    scope.it.cancelledBy = thread.it.cancelledBy
    scope.it.nextNested = parent.it.firstNested
    parent.it.firstNested?.it.previousNested = scope
    parent.it.firstNested = scope
    thread.it.innermost = scope
    return scope
  }

  /// Leaves `scope`, the innermost of `thread`, whose children have all ended.
  func leaveScope(_ scope: ScopeReference, of thread: ThreadReference) {
    guard let parent = scope.it.parent else { return }
    if let previous = scope.it.previousNested {
      previous.it.nextNested = scope.it.nextNested
    } else {
      parent.it.firstNested = scope.it.nextNested
    }
    scope.it.nextNested?.it.previousNested = scope.it.previousNested
    thread.it.innermost = parent
    thread.it.cancelledBy = parent.it.cancelledBy
    if parent == thread.it.home && thread.it.cancelledBy == 0 {
      thread.it.cancelledBy = thread.it.ownCancellation
    }
    if thread.it.enclosingDeadline != .distantFuture {
      thread.it.enclosingDeadline = earliestEnclosing(of: thread)
    }
    freeScope(scope)
  }

  func makeScope() -> ScopeReference {
    let scope: ScopeReference
    if let free = it.freeScopes {
      scope = free
      it.freeScopes = free.it.next
    } else {
      // SAFETY: fresh memory of the slab, or a retired record, all of whose fields are trivial.
      let memory = unsafe it.scopes.next()
      unsafe memory.initialize(to: ScopeRecord(scheduler: self))
      unsafe scope = ScopeReference(memory)
    }
    scope.it.serial = makeSerial()
    return scope
  }

  private func freeScope(_ scope: ScopeReference) {
    // Assigning a fresh record drops what the old one held: closures, errors.
    scope.it = ScopeRecord(scheduler: self)
    scope.it.next = it.freeScopes
    it.freeScopes = scope
  }
}
