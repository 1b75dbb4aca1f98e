/// When to ask whether all that is left of a group are zombies, which the kernel counts as members.
///
/// Process 1 collects orphans, but some do so late, and in a container that has no init nobody
/// does: the group would be waited for until its grace is over. Who asks walks through `/proc`, so
/// that this comes a little later and ever more rarely; and the answer must be the same twice,
/// since one walk may miss a process.
package struct ZombieCheck {
  private var looks = 0
  private var agreeing = 0

  package init() {}

  /// Whether it is to be asked, now that the kernel has said that the group has members.
  package mutating func isDue() -> Bool {
    looks += 1
    return agreeing > 0 || (looks >= 4 && looks & (looks - 1) == 0)
  }

  /// Takes the answer; whether the group counts as gone.
  package mutating func note(onlyZombies: Bool) -> Bool {
    agreeing = onlyZombies ? agreeing + 1 : 0
    return agreeing >= 2
  }
}
