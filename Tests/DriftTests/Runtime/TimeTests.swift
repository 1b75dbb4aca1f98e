import CoreShift
import Drift
import Glibc
import GreenThreads
import Synchronization
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

  @Test func `of sleeps one after the other the best is hardly late`() throws {
    try onDrift {
      var least = Duration.seconds(60)
      for _ in 0..<100 {
        let deadline = Instant.now.advanced(by: .microseconds(1500))
        try GreenThread.sleep(until: deadline)
        least = min(least, deadline.duration(to: .now))
      }
      // A clock of whole milliseconds would be later each time.
      #expect(least >= .zero && least < .microseconds(400))
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

  @Test func `signals neither end a wait early nor make it begin anew`() throws {
    let span = Duration.milliseconds(300)
    let mostSignals = 2000
    for endsInError in [false, true] {
      try onDrift(within: .seconds(120)) {
        let (reader, writer) = try makePipe()
        defer { writer.close() }
        // One every ten milliseconds: a wait that began anew with each would outlast them all.
        let storm = SignalStorm(upTo: mostSignals)
        let taken = try elapsed {
          if endsInError {
            #expect(throws: DeadlineExceeded.self) {
              try withTimeout(span) { _ = try readText(reader) }
            }
          } else {
            try GreenThread.sleep(for: span)
          }
        }
        let sent = storm.stop()
        #expect(taken >= span)
        #expect(sent > 1 && sent < mostSignals)
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

/// Interrupts the OS thread that makes it every ten milliseconds, by a signal that does nothing.
private struct SignalStorm {
  private final class Progress: Sendable {
    let isOver = Atomic(false)
    let sent = Atomic(0)
  }

  private let progress = Progress()
  private let thread: HelperThread

  init(upTo most: Int) {
    // A real-time signal; waits end however its handler was installed.
    let number: Int32 = 43
    signal(number) { _ in }
    let target = pthread_self()
    thread = HelperThread { [progress] in
      for _ in 0..<most where !progress.isOver.load(ordering: .relaxed) {
        usleep(10_000)
        // The target waits for this thread before it ends.
        pthread_kill(target, number)
        progress.sent.add(1, ordering: .relaxed)
      }
    }
  }

  /// Ends it, and tells how many signals there were.
  func stop() -> Int {
    progress.isOver.store(true, ordering: .relaxed)
    thread.join()
    return progress.sent.load(ordering: .relaxed)
  }
}
