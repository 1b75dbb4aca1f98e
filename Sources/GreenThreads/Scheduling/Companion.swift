/// What a bridge to another kind of concurrency keeps with a scheduler: it lives as long as that
/// does, and has a turn whenever it has asked for one.
///
/// An errand that comes so often that it must not cost a closure.
package protocol Companion: AnyObject {
  /// Does what is to be done between green threads, on the loop's own stack; it must not park.
  ///
  /// Once after each call of ``RemoteHandle/summonCompanion()``, or several, at the latest while
  /// `run` returns.
  func takeTurn()
}

extension GreenThread {
  /// What a bridge keeps for the calling green thread's scheduler, until that ends.
  package static var companion: (any Companion)? {
    get { currentThread(for: "GreenThread.companion").scheduler.it.companion }
    set { currentThread(for: "GreenThread.companion").scheduler.it.companion = newValue }
  }
}

extension RemoteHandle {
  /// The scheduler's companion, on its own OS thread; nil elsewhere.
  package var companion: (any Companion)? { ownScheduler?.it.companion }

  /// Lets the scheduler's companion have a turn.
  ///
  /// - Returns: false on any OS thread but the scheduler's own; then nothing has happened.
  package func summonCompanion() -> Bool {
    guard let scheduler = ownScheduler else { return false }
    scheduler.it.isCompanionSummoned = true
    return true
  }
}

extension Reference where Record == SchedulerState {
  /// Whether something waits to be run on the loop's own stack.
  var hasErrands: Bool { it.isCompanionSummoned || !it.errands.isEmpty }

  /// Lets the companion have its turn, if it has asked for one.
  ///
  /// - Returns: whether it has.
  func letCompanionTakeTurn() -> Bool {
    guard it.isCompanionSummoned else { return false }
    it.isCompanionSummoned = false
    it.companion?.takeTurn()
    return true
  }
}
