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
