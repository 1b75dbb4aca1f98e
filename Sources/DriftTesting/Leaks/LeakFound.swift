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
    greenThreadCount = max(0, after.greenThreadCount - before.greenThreadCount)
    greenThreads = greenThreadCount == 0 ? [] : Belongings.greenThreads(from: before.nextID)
    if let earlier = before.descriptors, let later = after.descriptors {
      descriptors = later.opened(since: earlier)
    } else {
      descriptors = []
    }
    stackCount = max(0, after.stackCount - before.stackCount)
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
  /// Whoever is spawned from now on has an id that is no smaller.
  let nextID: UInt64
  let stackCount: Int
  let descriptors: DescriptorCensus?

  init(of kinds: LeakKinds) throws {
    let counters = Counters.current
    greenThreadCount =
      kinds.contains(.greenThreads) ? counters.spawned - counters.finished : 0
    nextID =
      kinds.contains(.greenThreads) ? (SchedulerSnapshot().threads.map(\.id).max() ?? 0) + 1 : 0
    stackCount = kinds.contains(.stacks) ? GreenThread.stacksInUse : 0
    descriptors = kinds.contains(.descriptors) ? try DescriptorCensus() : nil
  }

  /// At most twenty of those that are there now.
  static func greenThreads(from id: UInt64) -> [String] {
    SchedulerSnapshot().threads.filter { $0.id >= id }.prefix(20).map { thread in
      let name = thread.name.isEmpty ? "green thread \(thread.id)" : thread.name
      let reason = thread.reason.map { " \($0)" } ?? ""
      return "\(name), spawned at \(thread.spawnSite), \(thread.state)\(reason)"
    }
  }
}
