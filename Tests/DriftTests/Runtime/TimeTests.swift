import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite(.serialized) struct TimeTests {
  @Test func `a thousand sleeps at once all end, and never early`() throws {
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
  }

  @Test func `sleeping for fractions of a millisecond does not spin before the deadline`() throws {
    try onDrift {
      var used = 0
      let span = try elapsed {
        used = try turns {
          for _ in 0..<200 { try GreenThread.sleep(for: .microseconds(1500)) }
        }
      }
      #expect(span >= .milliseconds(300))
      #expect(used < 1000)
    }
  }

  @Test func `the loop of an idle program does not turn`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      try withScope { scope in
        scope.spawn { _ = try readText(reader) }
        scope.spawn { try parkTimer(until: .now.advanced(by: .milliseconds(900))) }
        try GreenThread.sleep(for: .milliseconds(10))
        #expect(try turns { try GreenThread.sleep(for: .seconds(1)) } < 20)
        writer.close()
      }
    }
  }

  @Test func `a deadline that moves earlier is met, though the timer was armed for a later one`()
    throws
  {
    try onDrift {
      for milliseconds in [30, 60, 5, 40, 1] {
        let (reader, writer) = try makePipe()
        let number = writer.rawValue
        let thread = HelperThread {
          usleep(10_000)
          _ = unsafe Glibc.write(number, "x", 1)
        }
        // Leaves the timer armed for a time that nobody waits for any more.
        #expect(try withTimeout(.seconds(60)) { try readText(reader) } == "x")
        thread.join()
        let span = Duration.milliseconds(milliseconds)
        let taken = try elapsed { try GreenThread.sleep(for: span) }
        #expect(taken >= span)
        #expect(taken < .seconds(20))
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
        try withTimeout(.seconds(20)) {
          while case let text = try readText(reader), text != "" { count += text.utf8.count }
        }
        #expect(count == 100)
        ticker.cancel()
      }
    }
  }
}
