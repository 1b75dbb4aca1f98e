private import Synchronization

/// Counts the instances of ``Tracked`` that are alive.
public final class Lifetime: Sendable {
  private let alive = Atomic<Int>(0)
  private let made = Atomic<Int>(0)

  /// Nothing alive yet.
  public init() {}

  /// How many are alive now.
  public var liveCount: Int { alive.load(ordering: .sequentiallyConsistent) }

  /// How many have ever been made.
  public var madeCount: Int { made.load(ordering: .sequentiallyConsistent) }

  /// Whether none is alive, or will be in a moment.
  ///
  /// For errors that are objects: the testing library knows each one that was thrown, weakly, and
  /// holds it for an instant whenever another test throws on another OS thread.
  public var endsSoon: Bool {
    let start = ContinuousClock.now
    while liveCount != 0 {
      if start.duration(to: .now) > .seconds(5) { return false }
    }
    return true
  }

  fileprivate func begin() {
    alive.add(1, ordering: .sequentiallyConsistent)
    made.add(1, ordering: .sequentiallyConsistent)
  }

  fileprivate func end() {
    alive.subtract(1, ordering: .sequentiallyConsistent)
  }
}

/// An object whose life a ``Lifetime`` counts.
public final class Tracked: Sendable {
  /// Distinguishes it in a test's expectations.
  public let number: Int
  private let lifetime: Lifetime

  /// One more alive.
  public init(_ lifetime: Lifetime, _ number: Int = 0) {
    self.lifetime = lifetime
    self.number = number
    lifetime.begin()
  }

  deinit {
    lifetime.end()
  }
}
