internal import CGreenThreads
internal import Synchronization

/// Swift's list of accesses in progress, whose nodes lie on the stacks.
enum AccessList {
  private static let mayBeSought = Atomic<Bool>(true)

  /// Whether switches look at the head of the list: until a test wants them to call the runtime
  /// instead, as they must where it is not found.
  static var isSought: Bool {
    get { mayBeSought.load(ordering: .relaxed) }
    set { mayBeSought.store(newValue, ordering: .relaxed) }
  }

  /// Whether the head has been found on the calling OS thread.
  static var isFound: Bool { unsafe found != nil }

  /// The word that a switch looks at: zero when it has nothing to take off.
  static var head: UnsafePointer<UInt> {
    unsafe found ?? cgreenthreads_unknown_accesses()
  }

  private static var found: UnsafePointer<UInt>? {
    unsafe isSought ? cgreenthreads_find_accesses() : nil
  }
}
