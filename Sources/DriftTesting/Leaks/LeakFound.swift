public import Drift

/// Something was left behind by the body of ``withLeakCheck(of:_:)``.
public struct LeakFound: Error, CustomStringConvertible {
  /// How many more green threads there are.
  public let greenThreadCount: Int
  /// The first of them, each by its name, where it was spawned, and what it does.
  public let greenThreads: [String]
  /// The descriptors that were not open before.
  public let descriptors: [DescriptorCensus.Entry]
  /// How many more stacks are given out.
  public let stackCount: Int

  init(_ after: Belongings, since before: Belongings) {
    // By who is there, so that the end of one from before hides no other one; and by number, where
    // a snapshot does not hold them all.
    let late = after.greenThreads.filter { $0.id >= before.nextID }
    greenThreadCount = max(late.count, after.greenThreadCount - before.greenThreadCount, 0)
    greenThreads = late.prefix(20).map(Self.describe)
    if let earlier = before.descriptors, let later = after.descriptors {
      descriptors = later.opened(since: earlier)
    } else {
      descriptors = []
    }
    // Each that has begun has one; what else has none should have been given back.
    let lost = after.stacksOfNobody - before.stacksOfNobody
    let held = after.begun.count { $0 >= before.nextID }
    stackCount = max(held + lost, after.stackCount - before.stackCount, 0)
  }

  private static func describe(_ thread: SchedulerSnapshot.Thread) -> String {
    let name = thread.name.isEmpty ? "green thread \(thread.id)" : thread.name
    let reason = thread.reason.map { " \($0)" } ?? ""
    return "\(name), spawned at \(thread.spawnSite), \(thread.state)\(reason)"
  }

  var isEmpty: Bool {
    greenThreadCount == 0 && descriptors.isEmpty && stackCount == 0
  }

  /// Lists what was left, one thing a line.
  public var description: String {
    var lines: [String] = []
    if greenThreadCount > 0 { lines.append("green threads: \(greenThreadCount)") }
    lines += greenThreads.map { "  " + $0 }
    lines += descriptors.map { "descriptor \($0.number): \($0.target)" }
    if stackCount > 0 { lines.append("stacks: \(stackCount)") }
    return "left behind: " + lines.joined(separator: "\n")
  }
}

/// What a scheduler and its process have at one moment.
struct Belongings {
  let greenThreadCount: Int
  let greenThreads: [SchedulerSnapshot.Thread]
  /// Whoever is spawned from now on has an id that is no smaller.
  let nextID: UInt64
  /// The ids of those that have a stack.
  let begun: [UInt64]
  let stackCount: Int
  let descriptors: DescriptorCensus?

  /// Stacks that no green thread here has.
  var stacksOfNobody: Int { stackCount - begun.count }

  init(of kinds: LeakKinds) throws {
    let threads =
      kinds.isDisjoint(with: [.greenThreads, .stacks]) ? [] : SchedulerSnapshot().threads
    nextID = (threads.map(\.id).max() ?? 0) + 1
    let counters = Counters.current
    let countsThreads = kinds.contains(.greenThreads)
    greenThreads = countsThreads ? threads : []
    greenThreadCount = countsThreads ? counters.spawned - counters.finished : 0
    let countsStacks = kinds.contains(.stacks)
    begun = countsStacks ? threads.filter { $0.state != .fresh }.map(\.id) : []
    stackCount = countsStacks ? GreenThread.stacksInUse : 0
    descriptors = kinds.contains(.descriptors) ? try DescriptorCensus() : nil
  }
}
