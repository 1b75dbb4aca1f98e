/// When to ask whether all that is left of a group are zombies, which the kernel counts as members.
///
/// Process 1 collects orphans, but some do so late, and in a container that has no init nobody
/// does: the group would be waited for until its grace is over. Who asks walks through `/proc`, so
/// that this comes a little later and ever more rarely; and the answer must be the same twice, some
/// time apart, since one walk may miss a process.
///
/// Times are those of the monotonic clock, in nanoseconds.
package struct ZombieCheck {
  private static let pause: Int64 = 8_000_000

  private var nextWalk: Int64?
  private var pause = Self.pause
  private var agreeing = 0

  package init() {}

  /// Whether it is to be asked, now that the kernel has said that the group has members.
  package mutating func isDue(at now: Int64) -> Bool {
    guard let nextWalk else {
      self.nextWalk = now + pause
      return false
    }
    return now >= nextWalk
  }

  /// Takes the answer; whether the group counts as gone.
  package mutating func note(onlyZombies: Bool, at now: Int64) -> Bool {
    if onlyZombies {
      agreeing += 1
      nextWalk = now + Self.pause
    } else {
      agreeing = 0
      pause *= 2
      nextWalk = now + pause
    }
    return agreeing >= 2
  }
}
