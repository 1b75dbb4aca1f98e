import CoreShift
import Drift
import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

/// Work after work, with every way to leave: a wake that is lost hangs here, under the watchdog.
@Suite struct OffloadStressTests {
  /// How many pieces of work each test asks for; 10,000 take a second on an idle machine.
  private static let count = 2000

  @Test(arguments: [OffloadSaturation.waits, .refused])
  func `one caller after the other is answered`(whenFull: OffloadSaturation) throws {
    var answers = 0
    try onDrift(within: .seconds(60)) {
      for number in 0..<Self.count {
        answers += try offload(whenFull: whenFull) { number } == number ? 1 : 0
      }
    }
    #expect(answers == Self.count)
  }

  @Test(arguments: [1, 2, 4])
  func `a hundred callers at a time are all answered`(workers: Int) throws {
    var answers = 0
    try onDrift(within: .seconds(60), offloading: OffloadLimits(workers: workers, waiting: 0)) {
      try withScope { scope in
        for _ in 0..<100 {
          scope.spawn {
            for number in 0..<Self.count / 100 {
              answers += try offload(whenFull: .waits) { number } == number ? 1 : 0
            }
          }
        }
      }
    }
    #expect(answers == Self.count / 100 * 100)
  }

  @Test func `who is refused may ask again, and is answered in the end`() throws {
    var answers = 0
    try onDrift(within: .seconds(60), offloading: OffloadLimits(workers: 2, waiting: 8)) {
      try withScope { scope in
        for _ in 0..<100 {
          scope.spawn {
            for _ in 0..<Self.count / 100 {
              while errorThrown(by: { try offload {} }) is ResourceBusy { GreenThread.yield() }
              answers += 1
            }
          }
        }
      }
    }
    #expect(answers == Self.count / 100 * 100)
  }

  @Test(arguments: [OffloadCancellation.leaves, .waitsForEnd])
  func `callers that are cancelled at any moment end, and so does all the rest`(
    whenCancelled: OffloadCancellation
  ) throws {
    let seed = UInt64.random(in: 1...1_000_000)
    let begun = Atomic(0)
    let ended = Atomic(0)
    var outcomes = 0
    try onDrift(within: .seconds(60), offloading: OffloadLimits(workers: 2)) {
      var random = SeededGenerator(seed: seed)
      for _ in 0..<Self.count / 20 {
        try withScope(isolatingFailures: { _ in }) { scope in
          let callers = (0..<20).map { number in
            scope.spawn {
              try offload(whenFull: .waits, whenCancelled: whenCancelled) {
                begun.add(1, ordering: .relaxed)
                if number % 4 == 0 { sched_yield() }
                ended.add(1, ordering: .relaxed)
              }
            }
          }
          for _ in 0..<Int.random(in: 0...3, using: &random) { GreenThread.yield() }
          for _ in 0..<10 {
            callers[Int.random(in: 0..<20, using: &random)].cancel()
            if Bool.random(using: &random) { GreenThread.yield() }
          }
          for caller in callers {
            do { try caller.join() } catch is Cancelled {}
            outcomes += 1
          }
        }
      }
    }
    #expect(outcomes == Self.count / 20 * 20, "seed \(seed)")
    #expect(begun.load(ordering: .relaxed) == ended.load(ordering: .relaxed), "seed \(seed)")
  }
}
