import CoreShift
import Testing

@Suite struct DurationTests {
  @Test func `rounds up to whole nanoseconds`() {
    #expect(Duration.zero.nanosecondsRoundedUp == 0)
    #expect(Duration.nanoseconds(7).nanosecondsRoundedUp == 7)
    #expect(Duration.seconds(2).nanosecondsRoundedUp == 2_000_000_000)
    #expect(attoseconds(1).nanosecondsRoundedUp == 1)
    #expect(attoseconds(1_000_000_001).nanosecondsRoundedUp == 2)
    #expect(attoseconds(-1).nanosecondsRoundedUp == 0)
    #expect(Duration.nanoseconds(-7).nanosecondsRoundedUp == -7)
  }

  @Test func `saturates at both ends`() {
    #expect(Duration.seconds(Int64.max).nanosecondsRoundedUp == .max)
    #expect(Duration.seconds(Int64.min).nanosecondsRoundedUp == .min)
    #expect(Duration.seconds(9_223_372_037).nanosecondsRoundedUp == .max)
  }

  private func attoseconds(_ count: Int64) -> Duration {
    Duration(secondsComponent: 0, attosecondsComponent: count)
  }
}
