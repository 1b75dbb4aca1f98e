import Testing

@testable import GreenThreads

@Suite struct SchedulerStateTests {
  @Test func `the serials of a scheduler are a block of its own, and none is 0`() {
    let first = SchedulerState.firstSerial(ofScheduler: 1)
    let second = SchedulerState.firstSerial(ofScheduler: 2)
    let last = SchedulerState.firstSerial(ofScheduler: 1 << 24 - 1)
    #expect(first == SchedulerState.serialsInBlock)
    #expect(second == 2 * SchedulerState.serialsInBlock)
    #expect(last == .max - SchedulerState.serialsInBlock + 1)
    #expect(SchedulerState.firstSerial(ofScheduler: 1 << 24) == first)
    #expect(SchedulerState.firstSerial(ofScheduler: 1 << 24 + 1) == second)
  }
}
