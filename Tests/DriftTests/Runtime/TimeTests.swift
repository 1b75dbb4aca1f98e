import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite(.serialized) struct TimeTests {
  @Test func `a thousand sleeps at once are never early and hardly late`() throws {
    var random = SystemRandomNumberGenerator()
    let spans = (0..<1000).map { _ in
      Duration.microseconds(Int.random(in: 0...50_000, using: &random))
    }
    var lateness: [Duration] = []
    try onDrift {
      try withScope { scope in
        for span in spans {
          scope.spawn {
            let start = Instant.now
            try GreenThread.sleep(for: span)
            lateness.append(start.duration(to: .now) - span)
          }
        }
      }
    }
    #expect(lateness.count == 1000)
    #expect(lateness.allSatisfy { $0 >= .zero })
    lateness.sort()
    // A sanitizer is busy with a thousand new stacks before the first sleep ends.
    if !isSanitized { #expect(lateness[500] < .milliseconds(20)) }
  }

  @Test func `sleeping for fractions of a millisecond takes hardly any processor time`() throws {
    try onDrift {
      let before = threadTime()
      let span = try elapsed {
        for _ in 0..<200 { try GreenThread.sleep(for: .microseconds(1500)) }
      }
      #expect(span >= .milliseconds(300))
      #expect(threadTime() - before < span / 10)
    }
  }

  @Test func `an idle program uses no processor time`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try withScope { scope in
        scope.spawn { _ = try readText(reader) }
        scope.spawn { try parkTimer(until: .now.advanced(by: .milliseconds(900))) }
        try GreenThread.sleep(for: .milliseconds(10))
        let before = threadTime()
        try GreenThread.sleep(for: .seconds(1))
        #expect(threadTime() - before < .milliseconds(10))
        writer.close()
      }
    }
  }

  @Test func `a deadline that moves later, and then earlier, is met both times`() throws {
    try onDrift {
      for milliseconds in [30, 60, 5, 40, 1] {
        let span = Duration.milliseconds(milliseconds)
        let taken = try elapsed { try GreenThread.sleep(for: span) }
        #expect(taken >= span)
        #expect(taken < span + .milliseconds(200))
        // The timer is left armed for a deadline that nobody has any more.
        try? withTimeout(.milliseconds(milliseconds)) { try GreenThread.sleep(for: .zero) }
      }
    }
  }

  @Test func `a timer that is due does not keep descriptors from being served`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try withScope { scope in
        let ticker = scope.spawn {
          while true { try GreenThread.sleep(for: .nanoseconds(1)) }
        }
        scope.spawn {
          for _ in 0..<100 { try writer.write([1]) }
          writer.close()
        }
        var count = 0
        try withTimeout(.seconds(5)) {
          while case let text = try readText(reader), text != "" { count += text.utf8.count }
        }
        #expect(count == 100)
        ticker.cancel()
      }
    }
  }
}
