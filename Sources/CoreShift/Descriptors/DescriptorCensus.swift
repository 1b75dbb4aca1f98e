/// The descriptors that this process had open at one moment, to find those that leak.
///
/// ```swift
/// let before = try DescriptorCensus()
/// try serve()
/// let leaked = try DescriptorCensus().opened(since: before)
/// ```
public struct DescriptorCensus: Hashable, Sendable {
  /// One open descriptor.
  public struct Entry: Hashable, Sendable {
    /// Its number.
    public let number: Int32
    /// What it is open on, as `/proc` names it: a path, `pipe:[1234]`, `anon_inode:[eventfd]`.
    public let target: String
  }

  /// All of them, in the order of their numbers.
  public let entries: [Entry]

  /// How many are open.
  public var count: Int { entries.count }

  /// Counts now, through `/proc/thread-self/fd`, which costs a system call for each descriptor.
  ///
  /// What other OS threads open or close meanwhile may be in it or not. ``ErrorCode/notFound``
  /// where `/proc` is not mounted.
  public init() throws(CoreError) {
    let (result, numbers) = SystemCall.openDescriptors()
    try check(result, "opendir", .path("/proc/thread-self/fd"))
    entries = numbers.sorted().compactMap { number in
      SystemCall.target(of: number).map { Entry(number: number, target: $0) }
    }
  }

  /// What is open here and was not at `earlier`, or was on something else.
  public func opened(since earlier: DescriptorCensus) -> [Entry] {
    let known = Set(earlier.entries)
    return entries.filter { !known.contains($0) }
  }
}
