import GreenThreads
import Testing

@Suite struct InstantTests {
  @Test func `durations are added and taken off, and are what is between`() {
    let start = Instant(nanoseconds: 5_000_000_000)
    #expect(start + .seconds(2) == Instant(nanoseconds: 7_000_000_000))
    #expect(start - .seconds(2) == Instant(nanoseconds: 3_000_000_000))
    #expect(start + .seconds(2) - start == .seconds(2))
    #expect(start - (start + .seconds(2)) == .seconds(-2))
  }

  @Test func `a part of a nanosecond is rounded up, so that no wait ends early`() {
    let part = Duration(secondsComponent: 0, attosecondsComponent: 1)
    #expect(Instant.zero + part == Instant(nanoseconds: 1))
    #expect(Instant.zero - part == .zero)
  }

  @Test func `what is beyond the clock is its end`() {
    #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
    #expect(Instant.zero + .seconds(Int64.max) == .distantFuture)
    let long = Duration.seconds(Int64.max) + .seconds(Int64.max)
    #expect(Instant.zero + long == .distantFuture)
    let first = Instant(nanoseconds: .min)
    #expect(Instant.zero - long == first)
    #expect(first + long == .distantFuture)
    #expect(Instant.zero - .nanoseconds(Int64.max) == Instant(nanoseconds: -Int64.max))
    let least = Duration(attoseconds: .min)
    #expect(Instant.zero + least == first)
    #expect(Instant.zero - least == .distantFuture)
    #expect(first - .seconds(1) == first)
    #expect(Instant.distantFuture - first == .nanoseconds(Int64.max))
  }
}
