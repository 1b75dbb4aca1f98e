import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct ParkAnyTests {
  @Test func `those that are ready are told, in the order given, with what has come`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      let pipe = try Pipe()
      defer {
        close(one)
        close(other)
      }
      let wanted = [
        PolledDescriptor(pipe.readEnd.rawValue, for: .reading, key: 1),
        PolledDescriptor(one, for: [.reading, .writing], key: 2),
        PolledDescriptor(pipe.writeEnd.rawValue, for: .writing, key: 3),
      ]
      #expect(
        try parkAny(of: wanted, within: .zero) == [
          PolledDescriptor(one, for: .writing, key: 2), wanted[2],
        ])
      try #require(unsafe Glibc.write(other, "x", 1) == 1)
      #expect(try parkAny(of: wanted)[0] == wanted[1])
    }
  }

  @Test func `a wait ends when something comes, and when the time is over`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      let (idle, idleOther) = try makeSocketPair()
      defer { for number in [one, other, idle, idleOther] { close(number) } }
      let wanted = [
        PolledDescriptor(idle, for: .reading), PolledDescriptor(one, for: .reading, key: 7),
      ]
      #expect(try parkAny(of: wanted, within: .milliseconds(5)) == [])
      try withScope { scope in
        let waiting = scope.spawn { try parkAny(of: wanted) }
        try GreenThread.sleep(for: .milliseconds(2))
        #expect(!waiting.isFinished)
        try #require(unsafe Glibc.write(other, "x", 1) == 1)
        #expect(try waiting.join() == [wanted[1]])
      }
    }
  }

  @Test func `what no wait could mean is refused at once`() throws {
    try onDriftWithOwnDescriptors {
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      let closed = dup(one)
      close(closed)
      let refused: [[PolledDescriptor]] = [
        [], [PolledDescriptor(one, for: [])], [PolledDescriptor(-1, for: .reading)],
        [PolledDescriptor(.max, for: .reading)], [PolledDescriptor(closed, for: .reading)],
        [PolledDescriptor(one, for: .writing), PolledDescriptor(closed, for: .reading)],
        [
          PolledDescriptor(one, for: .reading, key: 1),
          PolledDescriptor(one, for: .writing, key: 2),
        ],
      ]
      for list in refused {
        #expect(throws: InvalidArgument.self) { _ = try parkAny(of: list) }
      }
      #expect(throws: InvalidArgument.self) {
        _ = try parkAny(of: [PolledDescriptor(one, for: .reading)], within: .seconds(-1))
      }
    }
  }

  @Test func `two entries for one descriptor count as one`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer {
        close(one)
        close(other)
      }
      let answer = try parkAny(of: [
        PolledDescriptor(one, for: .reading, key: 4), PolledDescriptor(one, for: .writing, key: 4),
      ])
      #expect(answer == [PolledDescriptor(one, for: .writing, key: 4)])
    }
  }

  @Test func `a file is always ready`() throws {
    try onDrift {
      let file = try Fd(opening: "/proc/self/status", for: .reading)
      let entry = PolledDescriptor(file.rawValue, for: .reading)
      #expect(try parkAny(of: [entry]) == [entry])
    }
  }

  @Test func `a hang-up counts as everything`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer { close(one) }
      close(other)
      let entry = PolledDescriptor(one, for: [.reading, .priority])
      #expect(try parkAny(of: [entry]) == [entry])
    }
  }

  @Test func `cancelling wakes it, and the descriptors stay good for others`() throws {
    try onDrift {
      let pipe = try Pipe()
      let entry = PolledDescriptor(pipe.readEnd.rawValue, for: .reading)
      try withScope { scope in
        let waiting = scope.spawn { try parkAny(of: [entry]) }
        try GreenThread.sleep(for: .milliseconds(2))
        waiting.cancel()
        #expect(throws: Cancelled.self) { try waiting.join() }
        let others = (0..<2).map { _ in scope.spawn { try parkAny(of: [entry]) } }
        try GreenThread.sleep(for: .milliseconds(2))
        #expect(try pipe.writeEnd.write([1]) == .bytes(1))
        for other in others { #expect(try other.join() == [entry]) }
      }
    }
  }

  @Test func `who always finds something ready lets others run, and meets its deadline`() throws {
    try onDrift {
      let pipe = try Pipe()
      #expect(try pipe.writeEnd.write([1]) == .bytes(1))
      var rounds = 0
      var turns = 0
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(20)) {
          try withScope { scope in
            scope.spawn {
              while !GreenThread.isCancelled {
                turns += 1
                GreenThread.yield()
              }
            }
            while rounds < 20_000 {
              rounds += 1
              _ = try parkAny(of: [PolledDescriptor(pipe.readEnd.rawValue, for: .reading)])
            }
            scope.cancel()
          }
        }
      }
      #expect(turns >= rounds / 20)
    }
  }
}
