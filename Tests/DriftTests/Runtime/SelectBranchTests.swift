import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct SelectBranchTests {
  @Test func `a descriptor, a child, a signal, a channel and a time are awaited together`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      let channel = Channel<Int>()
      let signals = try SignalStream([.user1])
      let child = try Command("sleep", "60").start()
      func expectFirst(_ expected: String) throws {
        let taken = try select(
          .readable(reader) { "readable" }, .exit(of: child) { "exit \($0.status)" },
          .signal(from: signals) { "signal \(try #require($0).signal)" },
          .receive(from: channel) { "value \($0 ?? 0)" }, .after(.seconds(20)) { "late" })
        #expect(taken == expected)
      }
      try withScope { scope in
        func soon(_ body: @escaping () throws -> Void) {
          scope.spawn { try body() }
        }
        soon { _ = try writer.write([1]) }
        try expectFirst("readable")
        var byte: [UInt8] = [0]
        let count = try reader.read(into: &byte)
        #expect(count == 1)
        soon { pthread_kill(pthread_self(), SIGUSR1) }
        try expectFirst("signal SIGUSR1")
        soon { try channel.send(3) }
        try expectFirst("value 3")
        soon { try child.send(.terminate) }
        try expectFirst("exit ended by SIGTERM")
        try expectFirst("exit ended by SIGTERM")
      }
      #expect(SchedulerSnapshot().observations[0].count == 0, "no waiter is left behind")
    }
  }

  @Test func `branches that are always ready are taken equally often, and lose nothing`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      let channel = Channel<Int>(.unbounded)
      _ = try writer.write([1])
      for value in 0..<10_000 { try channel.send(value) }
      var (reads, next) = (0, 0)
      for _ in 0..<10_000 {
        try select(
          .readable(reader) { reads += 1 },
          .receive(from: channel) {
            #expect($0 == next)
            next += 1
          })
      }
      #expect(reads >= 4_000)
      #expect(next >= 4_000)
      #expect(channel.count == 10_000 - next)
      var byte: [UInt8] = [0]
      #expect(try reader.read(into: &byte) == 1)
    }
  }

  @Test func `a signal and a child's end are taken equally often beside a descriptor`() throws {
    try onDrift {
      let (_, writer) = try makePipe()
      let child = try Command("true").start()
      try child.wait()
      var (writes, exits) = (0, 0)
      for _ in 0..<10_000 {
        try select(.writable(writer) { writes += 1 }, .exit(of: child) { _ in exits += 1 })
      }
      #expect(min(writes, exits) >= 4_000)
    }
  }

  @Test func `a branch not taken leaves data, signals and edges for who comes next`() throws {
    try onDrift {
      let (one, two) = try connectedPair()
      let signals = try SignalStream([.user1])
      let channel = Channel<Int>(.bounded(1))
      try channel.send(1)
      pthread_kill(pthread_self(), SIGUSR1)
      // A read that has drained the socket would park without a try, unless it is told otherwise.
      _ = try two.write([7])
      var bytes = [UInt8](repeating: 0, count: 8)
      #expect(try one.read(into: &bytes) == 1)
      try withScope { scope in
        let taken = scope.spawn {
          try select(
            .after(.seconds(20)) { "late" }, .receive(from: Channel<Int>()) { _ in "nothing" },
            .readable(one) { "readable" })
        }
        GreenThread.yield()
        _ = try two.write([8])
        let branch = try taken.join()
        #expect(branch == "readable")
      }
      #expect(try one.read(into: &bytes) == 1)
      #expect(bytes[0] == 8)
      #expect(try channel.receive() == 1)
      #expect(try signals.next()?.signal == .user1)
    }
  }

  @Test func `closing takes the branch, a second reader is refused, and cancelling ends the wait`()
    throws
  {
    try onDrift {
      let (reader, writer) = try makePipe()
      let signals = try SignalStream([.user1])
      let child = try Command("sleep", "60").start()
      try withScope { scope in
        let waits = [
          scope.spawn(name: "reader") { try select(.readable(reader) { 1 }) },
          scope.spawn(name: "signals") { try select(.signal(from: signals) { _ in 1 }) },
          scope.spawn(name: "child") { try select(.exit(of: child) { _ in 1 }) },
        ]
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try select(.readable(reader) {}) }
        #expect(throws: ResourceBusy.self) { try select(.signal(from: signals) { _ in }) }
        for wait in waits {
          wait.cancel()
          #expect(throws: Cancelled.self) { _ = try wait.join() }
        }
        let closed = scope.spawn {
          errorThrown { try select(.readable(reader) { try parkRead(reader) }) }
        }
        let ended = scope.spawn { try select(.signal(from: signals) { $0 == nil }) }
        GreenThread.yield()
        reader.close()
        signals.close()
        let failure = try closed.join()
        #expect(failure is ResourceClosed)
        let isEnded = try ended.join()
        #expect(isEnded)
      }
      #expect(SchedulerSnapshot().observations[0].count == 0)
      writer.close()
    }
  }

  private func connectedPair() throws -> (Descriptor, Descriptor) {
    let (one, two) = try makeSocketPair()
    return (
      try Descriptor(adopting: Fd(adopting: one)), try Descriptor(adopting: Fd(adopting: two))
    )
  }

  @Test func `two branches of one select may wait for the same signals`() throws {
    try onDrift {
      let signals = try SignalStream([.user1])
      try withScope { scope in
        let taken = scope.spawn {
          try select(
            .signal(from: signals) { $0?.signal }, .signal(from: signals) { $0?.signal },
            .after(.seconds(20)) { nil })
        }
        GreenThread.yield()
        pthread_kill(pthread_self(), SIGUSR1)
        let signal = try taken.join()
        #expect(signal == .user1)
      }
      #expect(SchedulerSnapshot().observations[0].count == 0, "no waiter is left behind")
    }
  }

  @Test func `signals that cannot be asked for end the select with the error`() throws {
    try withOwnDescriptors {
      try Drift.run {
        let signals = try SignalStream([.user1])
        let entries = try DescriptorCensus().entries
        let number = try #require(entries.first { $0.target.contains("signalfd") }).number
        // In its place, for a moment, what cannot be read.
        let kept = dup(number)
        let directory = try Fd(opening: "/", for: .reading, .directory)
        #expect(dup2(directory.rawValue, number) == number)
        let error = errorThrown {
          try select(.signal(from: signals) { _ in }, .after(.seconds(20)) {})
        }
        #expect(dup2(kept, number) == number)
        close(kept)
        #expect((error as? CoreError)?.code == .isDirectory)
        pthread_kill(pthread_self(), SIGUSR1)
        let isThere = try select(
          .signal(from: signals) { $0 != nil }, .after(.seconds(20)) { false })
        #expect(isThere)
      }
    }
  }
}
