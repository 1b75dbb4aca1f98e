import TestSupport
import Testing

@testable import GreenThreads

/// Beside a sorted array, which has the same in it.
@Suite struct BeginningsModelTests {
  private struct Key: Comparable {
    let start: Instant
    let sequence: UInt64
    let delayed: DelayedReference

    static func < (left: Self, right: Self) -> Bool {
      (left.start, left.sequence) < (right.start, right.sequence)
    }

    static func == (left: Self, right: Self) -> Bool { left.sequence == right.sequence }
  }

  private struct Model {
    var beginnings = Beginnings()
    var random: SplitMix
    /// Sorted, the first at the end.
    var keys: [Key] = []
    var now: Instant
    var sequence: UInt64 = 0

    init(seed: UInt64, from now: Instant) {
      random = SplitMix(seed: seed)
      self.now = now
    }

    mutating func number(below limit: UInt64) -> Int64 { Int64(random.next() % limit) }

    /// Mostly later, by anything from nothing to centuries; often at the edge of a tick or a span.
    mutating func makeStart() -> Instant {
      var distance: Int64
      switch number(below: 6) {
      case 0: distance = number(below: 4) << 18
      case 1: distance = number(below: 4) << 31
      case 2: distance = number(below: 5_000_000_000)
      case 3: distance = -number(below: 5_000_000_000)
      case 4: distance = number(below: 64) << (18 + number(below: 39))
      default: distance = Int64(random.next() >> (1 + UInt64(number(below: 63))))
      }
      if number(below: 64) == 0 { distance &+= 1 }
      let (sum, overflows) = now.nanoseconds.addingReportingOverflow(distance)
      if overflows { return Instant(nanoseconds: distance < 0 ? .min : .max - 1) }
      return Instant(nanoseconds: min(sum, .max - 1))
    }

    mutating func insert(in home: ScopeReference) {
      sequence += 1
      let delayed = beginnings.makeRecord(in: home)
      delayed.it.serial = sequence
      delayed.it.timerSequence = sequence
      delayed.it.start = makeStart()
      beginnings.insert(delayed)
      let key = Key(start: delayed.it.start, sequence: sequence, delayed: delayed)
      keys.insert(key, at: keys.firstIndex { $0 < key } ?? keys.count)
    }

    /// The first of all, or somebody in the middle.
    mutating func remove(first: Bool) {
      let index = first ? keys.count - 1 : Int(number(below: UInt64(keys.count)))
      let key = keys.remove(at: index)
      if first { now = max(now, key.start) }
      beginnings.remove(key.delayed)
      beginnings.free(key.delayed)
    }

    var isRight: Bool {
      beginnings.count == keys.count && beginnings.isEmpty == keys.isEmpty
        && beginnings.first?.timed.it.timerSequence == keys.last?.sequence
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `whatever comes and goes, the first is the first of all`(seed: UInt64) throws {
    let begin = [0, .min, .max - 50_000_000_000][Int(seed % 3)] as Int64
    try onVirtualTime {
      let home = currentThread(for: "test").thread.it.home
      var model = Model(seed: seed, from: Instant(nanoseconds: begin))
      let steps = isSanitized ? 6_000 : 20_000
      for step in 0..<steps {
        // It fills, stays full, and empties, again and again.
        let inserts: Int64 = [9, 5, 2][step * 6 / steps % 3]
        if model.number(below: 10) < inserts || model.keys.isEmpty {
          model.insert(in: home)
        } else {
          model.remove(first: model.number(below: 3) > 0)
        }
        try #require(model.isRight, "after step \(step)")
      }
      while !model.keys.isEmpty {
        model.remove(first: true)
        try #require(model.isRight, "while it empties")
      }
      model.beginnings.deallocate()
    }
  }

  @Test func `who begins within two seconds never has to be brought from the wheel`() throws {
    try onVirtualTime {
      let home = currentThread(for: "test").thread.it.home
      var beginnings = Beginnings()
      var later = LaterTimers(after: .zero)
      var now = Instant.zero
      for _ in 0..<100 {
        let delayed = beginnings.makeRecord(in: home)
        now = now.advanced(by: .milliseconds(1_900))
        later.insert(TimerHeap.Entry(deadline: now, timed: delayed))
        #expect(later.wheel.slots.isEmpty)
        let earliest = later.takeEarliest()
        let chunk = try #require(earliest)
        #expect(chunk.it.entries[0].timed == delayed)
        let further = later.giveBack(chunk)
        #expect(further == nil)
      }
      later.deallocate()
      beginnings.deallocate()
    }
  }
}
