/// How Swift's exclusivity checker sees green threads.
public enum Exclusivity: Sendable, Equatable {
  /// Each green thread has accesses of its own, as a kernel thread has. A parked one slows nobody.
  case perThread
  /// All share one set, so that two green threads that overlap in one variable are reported.
  ///
  /// For tests: the end of the program at the first overlap, and accesses get slower with each
  /// green thread that is parked inside one.
  case shared
}
